//! P050 to P057: what Synthflow wants. S-01, S-03, S-05, S-14 and S-15, 2026-08.

use siptrunk_message::{Host, HostPort, Transport, Uri};

use crate::lint::Report;
use crate::place::Section;
use crate::{NumberPolicy, Profile, Region, Trunk, synthflow};

pub(crate) fn check(report: &mut Report<'_>) {
    for (section, trunk) in report.trunks() {
        if let Profile::Synthflow(region) = trunk.profile {
            termination_uri(report, section, trunk);
            hosts(report, section, trunk, region);
            numbers(report, section, trunk);
        }
    }
}

/// With the gateway in the middle, the address for outbound calls in Synthflow's form is ours.
fn termination_uri(report: &mut Report<'_>, section: Section, trunk: &Trunk) {
    let Some(text) = &trunk.termination_uri else { return };
    let place = (section, "termination_uri");
    let ours = "write what stands in Synthflow's form, which must be our address, as \
                sip:203.0.113.7:5060";
    let Some(host) = uri_host(text) else {
        report.error("P057", place, "neither a SIP URI nor a host", ours).value(text);
        return;
    };
    let five9s = report
        .config
        .trunks
        .iter()
        .filter(|other| other.profile.is_five9())
        .flat_map(|other| &other.hosts)
        .any(|other| other.host == host);
    if synthflow::is_host(&host.to_string()) {
        report
            .error(
                "P050",
                place,
                "this is Synthflow itself: its outbound calls would go back to it",
                ours,
            )
            .value(text);
    } else if is_ours(report, &host) {
        // As it should be.
    } else if five9s {
        report
            .warning(
                "P051",
                place,
                "this is Five9's gateway: Synthflow's outbound calls would go past us",
                ours,
            )
            .value(text);
    } else if ours_are_known(report) {
        report
            .warning(
                "P052",
                place,
                "this is no address that we listen on or advertise: Synthflow's outbound calls may \
                 never reach us",
                ours,
            )
            .value(text);
    }
}

/// The host of `sip:host:port`, `user@host` or `host:port`.
fn uri_host(text: &str) -> Option<Host<'static>> {
    if text.contains(':') && text.to_ascii_lowercase().starts_with("sip") {
        let uri = Uri::parse(text.as_bytes()).ok()?;
        return Some(uri.as_sip()?.host().clone().into_owned());
    }
    text.parse::<HostPort>().ok().map(|address| address.host)
}

fn is_ours(report: &Report<'_>, host: &Host<'_>) -> bool {
    report.config.listen.iter().any(|listen| {
        listen.advertise.as_ref().is_some_and(|advertise| advertise.host == *host)
            || !listen.bind.ip().is_unspecified() && host.ip() == Some(listen.bind.ip())
    })
}

/// Whether every listener says by which address it is reached; one that does not has a finding of its
/// own.
fn ours_are_known(report: &Report<'_>) -> bool {
    let listen = &report.config.listen;
    !listen.is_empty()
        && listen
            .iter()
            .all(|listen| listen.advertise.is_some() || !listen.bind.ip().is_unspecified())
}

fn hosts(report: &mut Report<'_>, section: Section, trunk: &Trunk, region: Region) {
    let place = (section, "hosts");
    for host in &trunk.hosts {
        let name = host.host.to_string();
        let name = name.trim_end_matches('.');
        if let Some(other) = Region::of_host(name).filter(|other| *other != region) {
            report
                .error(
                    "P053",
                    (section, "region"),
                    format!("{name} is the host of another region, {}", other.as_str()),
                    "the region must be that of the workspace (Workspace Settings, Preferences, \
                     Customer Region); hosts follow from it if you drop them",
                )
                .value(region.as_str());
        }
        if name.eq_ignore_ascii_case(synthflow::OLD_HOST) {
            report
                .warning(
                    "P056",
                    place,
                    "this host is from older guides, and whether it still answers is not documented",
                    format!("drop hosts, or write {}", region.host()),
                )
                .value(name);
        }
        let wrong = match (trunk.transport, host.port) {
            (Transport::Tls, Some(synthflow::PORT)) => Some("this port takes UDP and TCP, not TLS"),
            (Transport::Udp | Transport::Tcp, Some(synthflow::TLS_PORT)) => {
                Some("this port takes TLS only")
            }
            _ => None,
        };
        if let Some(reason) = wrong {
            let remedy = format!("write port {}", region.port(trunk.transport));
            report.error("P054", place, reason, remedy).value(host);
        }
    }
}

fn numbers(report: &mut Report<'_>, section: Section, trunk: &Trunk) {
    let odd = trunk.numbers.iter().find(|number| !trunk.number_policy.accepts(number));
    if let Some(number) = odd {
        let place = (section, "numbers");
        // Numbers imported with the provider five9 or zoom need not be E.164, so this is no error.
        if trunk.number_policy == NumberPolicy::E164 {
            report
                .warning(
                    "P055",
                    place,
                    "Synthflow takes numbers as + and country code, unless they were imported for \
                     the provider five9 or zoom",
                    "write it as +12065551234; or write number_form = \"verbatim\"",
                )
                .value(number);
        } else {
            report
                .error("P055", place, "this cannot be dialled", "write a number or identifier")
                .value(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use siptrunk_message::Transport;

    use crate::lint::testing::{codes, good};
    use crate::{Config, NumberPolicy, Region, Synthflow, Trunk};

    fn with(trunk: Trunk) -> Config {
        let mut config = good();
        config.trunks[1] = trunk;
        config
    }

    fn us() -> Trunk {
        Synthflow::region(Region::Us)
    }

    #[test]
    fn p050_to_p052_the_termination_uri_is_ours() {
        for (uri, expected) in [
            ("sip:203.0.113.7:5060", &[][..]),
            ("203.0.113.7:5060", &[]),
            ("203.0.113.7", &[]),
            ("sip:203.0.113.7;transport=udp", &[]),
            ("sip:sip.synthflow.ai:32681", &["P050"]),
            ("sip.us.synthflow.ai", &["P050"]),
            ("sip:gateway.five9.example", &["P051"]),
            ("sip:192.0.2.77", &["P052"]),
            ("sip:", &["P057"]),
            ("not a host", &["P057"]),
        ] {
            let config = with(us().termination_uri(uri));
            assert_eq!(codes(&config), expected, "{uri}");
            let starts = !matches!(expected, ["P050" | "P057"]);
            assert_eq!(config.check().is_ok(), starts, "{uri}");
        }
    }

    #[test]
    fn synthflows_host_is_right_as_host_of_its_trunk() {
        assert!(codes(&with(Synthflow::region(Region::Global))).is_empty());
    }

    #[test]
    fn p053_the_region_is_that_of_the_host() {
        assert_eq!(codes(&with(us().host("sip.eu.synthflow.ai"))), ["P053"]);
        assert!(codes(&with(us().host("sip.us.synthflow.ai"))).is_empty());
        assert!(codes(&with(us().host("127.0.3.1"))).is_empty());
    }

    #[test]
    fn p054_tls_and_the_other_transports_have_ports_of_their_own() {
        assert_eq!(codes(&with(us().host("sip.us.synthflow.ai:32682"))), ["P054"]);
        let tls = us().host("sip.us.synthflow.ai:32681").transport(Transport::Tls);
        assert_eq!(codes(&with(tls)), ["P054"]);
        assert!(codes(&with(us().transport(Transport::Tls))).is_empty());
    }

    #[test]
    fn p055_numbers_have_a_plus_unless_told_otherwise() {
        let config = with(us().number("2065551234"));
        assert_eq!(codes(&config), ["P055"]);
        assert!(config.check().is_ok());
        let verbatim = us().number_policy(NumberPolicy::Verbatim);
        assert!(codes(&with(verbatim.clone().number("777000000001"))).is_empty());
        assert_eq!(codes(&with(verbatim.number(""))), ["P055"]);
    }

    #[test]
    fn p056_the_host_of_older_guides() {
        let config = with(us().host("sipin.synthflow.ai"));
        assert_eq!(codes(&config), ["P056"]);
        assert!(config.check().is_ok());
    }
}
