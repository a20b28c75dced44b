//! Rules on registrations, and on what the status of a response asks for.

use super::{Sight, Witness, exchange::Exchange, rule::Rule, wire};

/// The field that a response of this status cannot do without, and where that stands.
const FIELDS: [(u16, &str); 5] = [
    // RFC 3261 22.2, 22.3, 21.4.6, 21.4.15 and 21.4.17.
    (401, "www-authenticate"),
    (407, "proxy-authenticate"),
    (405, "allow"),
    (420, "unsupported"),
    (423, "min-expires"),
];

impl Witness {
    pub(super) fn judge_fields(&mut self, sight: &Sight<'_>, status: u16) {
        for (_, name) in FIELDS.iter().filter(|(of, _)| *of == status) {
            if sight.wire.first(name).is_none() {
                self.report(sight, Rule::StatusFields, format!("a {status} without {name}"));
            }
        }
    }

    pub(super) fn judge_register(&mut self, sight: &Sight<'_>, uri: &str) {
        if uri.contains('@') {
            let detail = format!("the Request-URI {uri} has a user");
            self.report(sight, Rule::Registration, detail);
        }
        if sight.wire.tag("to").is_some() {
            self.report(sight, Rule::Registration, "To has a tag".into());
        }
    }

    /// A 2xx to REGISTER tells every binding, each with its time.
    pub(super) fn judge_registered(&mut self, sight: &Sight<'_>, exchange: &Exchange) {
        let contacts: Vec<&str> = sight.wire.all("contact").flat_map(wire::split_list).collect();
        let timeless = |contact: &&&str| {
            let after = contact.rsplit_once('>').map_or(**contact, |(_, after)| after);
            wire::parameter(after, "expires").is_none()
        };
        if let Some(contact) = contacts.iter().find(timeless) {
            let detail = format!("the binding {contact} has no expires");
            self.report(sight, Rule::Registration, detail);
        }
        if contacts.is_empty() && exchange.binds {
            self.report(sight, Rule::Registration, "no binding for the one that came".into());
        }
    }
}
