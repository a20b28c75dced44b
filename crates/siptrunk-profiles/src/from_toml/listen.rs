//! Reads `[[listen]]`.

use siptrunk_message::Transport;

use crate::from_toml::table::Table;
use crate::{AuthoritySource, Listen};

/// The transports as files write them.
pub(crate) const TRANSPORTS: [(&str, Transport); 3] =
    [("udp", Transport::Udp), ("tcp", Transport::Tcp), ("tls", Transport::Tls)];

pub(crate) fn read(mut table: Table<'_, '_>) -> Listen {
    let transport = table.choice("transport", &TRANSPORTS).unwrap_or(Transport::Udp);
    let bind = table.string("bind");
    if bind.is_none() && !table.has("bind") {
        table.missing("bind", "write the local address and port, as bind = \"0.0.0.0:5060\"");
    }
    let mut listen = match bind {
        Some(bind) => Listen::on(transport, bind.text),
        None => Listen::on(transport, "127.0.0.1:0"),
    };
    if let Some(advertise) = table.string("advertise") {
        listen = listen.advertise(advertise.text);
    }
    let files = (table.string("certificate"), table.string("private_key"));
    match files {
        (Some(chain), Some(key)) => listen = listen.certificate(chain.text, key.text),
        (Some(_), None) if !table.has("private_key") => {
            table.missing("private_key", "write the file that holds the certificate's key (PEM)");
        }
        (None, Some(_)) if !table.has("certificate") => {
            table.missing("certificate", "write the file that holds the chain, ours first (PEM)");
        }
        _ => {}
    }
    if let Some(authorities) = table.string("client_ca") {
        listen = listen.client_ca(AuthoritySource::File(authorities.text.into()));
    }
    table.finish();
    listen
}
