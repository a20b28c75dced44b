//! Reads `[[listen]]`.

use siptrunk_message::Transport;

use crate::Listen;
use crate::from_toml::table::Table;

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
    table.finish();
    listen
}
