//! P080 to P083: what a trunk's certificate is compared with, and media keys that go over no TLS.

use std::collections::HashMap;

use siptrunk_message::Transport;

use crate::lint::Report;
use crate::{AuthoritySource, Srtp, TlsSettings, Trunk};

pub(crate) fn check(report: &mut Report<'_>) {
    let mut secured: HashMap<String, &Trunk> = HashMap::new();
    for (section, trunk) in report.trunks() {
        let key = set_key(&trunk.tls);
        if trunk.transport != Transport::Tls {
            if let Some(key) = key {
                report.error(
                    "P080",
                    (section, key),
                    "the trunk is not reached over TLS, so nobody shows a certificate",
                    "write transport = \"tls\", or drop it",
                );
            }
            if trunk.srtp == Some(Srtp::Required) {
                report
                    .error(
                        "P083",
                        (section, "srtp"),
                        "the keys of the media would go over the net for all to read (RFC 4568 section 7)",
                        "write transport = \"tls\", or srtp = \"off\"",
                    )
                    .value("required");
            }
            continue;
        }
        if let Some(pin) = &trunk.tls.pin
            && !is_pin(pin)
        {
            report
                .error(
                    "P081",
                    (section, "tls_pin"),
                    "a pin is the SHA-256 of a public key: 64 hexadecimal digits",
                    "take it from the peer's certificate: openssl x509 -pubkey -noout | openssl pkey \
                     -pubin -outform der | openssl dgst -sha256",
                )
                .value(pin);
        }
        let names = trunk.certificate_names();
        let others = names.iter().filter_map(|name| secured.get(name));
        if let Some(other) = others.into_iter().find(|other| rules(other) != rules(trunk)) {
            report.error(
                "P082",
                (section, key.unwrap_or("tls_name")),
                format!(
                    "trunk {} judges the certificate of the same name by other rules, and one name has \
                     one",
                    other.name
                ),
                "give both trunks the same tls_ca, tls_pin and danger_accept_wildcard",
            );
        }
        for name in names {
            secured.entry(name).or_insert(trunk);
        }
    }
}

/// The first of the settings that is there, as files write it.
fn set_key(tls: &TlsSettings) -> Option<&'static str> {
    [
        ("tls_name", tls.name.is_some()),
        ("tls_ca", tls.ca.is_some()),
        ("tls_pin", tls.pin.is_some()),
        ("danger_accept_wildcard", tls.danger_accept_wildcard),
    ]
    .into_iter()
    .find_map(|(key, set)| set.then_some(key))
}

fn is_pin(text: &str) -> bool {
    let digits = || text.chars().filter(|character| *character != ':');
    digits().count() == 64 && digits().all(|digit| digit.is_ascii_hexdigit())
}

/// By what a trunk judges a certificate, whatever name it expects.
fn rules(trunk: &Trunk) -> (Option<&AuthoritySource>, Option<&str>, bool) {
    let TlsSettings { name: _, ca, pin, danger_accept_wildcard } = &trunk.tls;
    (ca.as_ref(), pin.as_deref(), *danger_accept_wildcard)
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};
    use crate::{AuthoritySource, Config, Generic, TlsSettings, Trunk};
    use siptrunk_message::Transport;

    fn tls() -> Trunk {
        Generic::trunk("secured", "gw.example.com").transport(Transport::Tls)
    }

    fn with(trunk: Trunk) -> Config {
        good().trunk(trunk)
    }

    fn settings(change: impl FnOnce(&mut TlsSettings)) -> TlsSettings {
        let mut settings = TlsSettings::default();
        change(&mut settings);
        settings
    }

    #[test]
    fn p080_certificates_are_of_tls() {
        let named = settings(|tls| tls.name = Some("gw.example.com".to_owned()));
        let plain = Generic::trunk("plain", "gw.example.com").transport(Transport::Udp);
        assert_eq!(codes(&with(plain.tls(named.clone()))), ["P080"]);
        assert!(codes(&with(tls().tls(named))).is_empty());
        let wild = settings(|tls| tls.danger_accept_wildcard = true);
        assert_eq!(codes(&good().trunk(Generic::new("gw.example.com").tls(wild))), ["P080"]);
    }

    #[test]
    fn p081_a_pin_is_a_hash() {
        let pinned = |pin: &str| with(tls().tls(settings(|tls| tls.pin = Some(pin.to_owned()))));
        assert!(codes(&pinned(&"0f".repeat(32))).is_empty());
        assert!(codes(&pinned(&["0F"; 32].join(":"))).is_empty());
        for wrong in [&"0f".repeat(31), &"0g".repeat(32), ""] {
            assert_eq!(codes(&pinned(wrong)), ["P081"], "{wrong}");
        }
    }

    #[test]
    fn p082_one_name_is_judged_by_one_set_of_rules() {
        let own = || settings(|tls| tls.ca = Some(AuthoritySource::File("ca.pem".into())));
        let second =
            |host: &str| Generic::trunk("second", host).transport(Transport::Tls).number("+12");
        let first = tls().number("+11").tls(own());
        assert_eq!(codes(&with(first.clone()).trunk(second("GW.example.com"))), ["P082"]);
        assert!(codes(&with(first.clone()).trunk(second("gw.example.com").tls(own()))).is_empty());
        assert!(codes(&with(first).trunk(second("other.example.com"))).is_empty());
    }

    #[test]
    fn p083_keys_of_media_go_over_tls_alone() {
        use crate::Srtp;
        let plain = Generic::new("192.0.2.1");
        assert_eq!(codes(&with(plain.clone().srtp(Srtp::Required))), ["P083"]);
        assert!(codes(&with(plain.srtp(Srtp::Optional))).is_empty());
        assert!(codes(&with(tls().srtp(Srtp::Required))).is_empty());
    }
}
