//! P040 to P046: what Five9's trunks want. F-05, F-06, F-09, F-14, F-20 and F-21, 2026-08; the box
//! that the remedy of P046 names is F-23, 2026-08.

use siptrunk_message::Transport;
use siptrunk_sdp::CodecName;

use crate::lint::Report;
use crate::place::Section;
use crate::{HandBackBy, NumberPolicy, Profile, Trunk, five9, synthflow};

pub(crate) fn check(report: &mut Report<'_>) {
    for (section, trunk) in report.trunks() {
        match trunk.profile {
            Profile::Five9SelfService => both_kinds(report, section, trunk),
            Profile::Five9Partner => {
                both_kinds(report, section, trunk);
                partner(report, section, trunk);
            }
            Profile::Synthflow(_) | Profile::Generic | Profile::Other(_) => {}
        }
    }
}

fn both_kinds(report: &mut Report<'_>, section: Section, trunk: &Trunk) {
    let synthflows = trunk.hosts.iter().find(|host| synthflow::is_host(&host.host.to_string()));
    if let Some(host) = synthflows {
        report
            .error(
                "P040",
                (section, "hosts"),
                "this is a host of Synthflow, and the trunk goes to Five9",
                "write Five9's gateway; Synthflow's host belongs to the Synthflow trunk",
            )
            .value(host);
    }
    let wide: Vec<_> = trunk
        .codecs
        .codecs
        .iter()
        .filter(|codec| {
            !matches!(codec, CodecName::Pcmu | CodecName::Pcma | CodecName::TelephoneEvent)
        })
        .map(ToString::to_string)
        .collect();
    if !wide.is_empty() {
        report
            .error(
                "P043",
                (section, "codecs"),
                "Five9 speaks G.711; offers with other codecs were answered 488",
                "write codecs = [\"PCMU\", \"PCMA\", \"telephone-event\"]",
            )
            .value(wide.join(", "));
    }
    if let Some(number) = trunk.codecs.telephone_event.filter(|pt| *pt != five9::TELEPHONE_EVENT) {
        let place = (section, "telephone_event");
        let reason = "digits reach Five9 as telephone-events (RFC 4733) numbered 101";
        let remedy = "write 101, or drop it";
        // Said of partner trunks; whether self-service ones insist on it is not known.
        if trunk.profile == Profile::Five9Partner {
            report.error("P044", place, reason, remedy)
        } else {
            report.warning("P044", place, reason, remedy)
        }
        .value(number);
    }
    if let Some(number) = trunk.numbers.iter().find(|number| !trunk.number_policy.accepts(number)) {
        let (reason, remedy) = match trunk.number_policy {
            NumberPolicy::E164 => {
                ("to Five9 a number begins with + and its country code", "write it as +12065550100")
            }
            _ => ("this cannot be dialled", "write a number, or a pseudo number of Five9"),
        };
        report.error("P045", (section, "numbers"), reason, remedy).value(number);
    }
}

fn partner(report: &mut Report<'_>, section: Section, trunk: &Trunk) {
    if trunk.outbound.is_some() || trunk.inbound.digest.is_some() {
        let key = if trunk.outbound.is_some() { "outbound" } else { "inbound.digest" };
        report.error(
            "P041",
            (section, key),
            "a partner trunk has no account to prove, and its calls fail where one is set up",
            "drop them; the trunk is known by its address and TLS",
        );
    }
    if trunk.transport != Transport::Tls {
        report
            .error(
                "P042",
                (section, "transport"),
                "a partner trunk is spoken to over TLS alone",
                "write transport = \"tls\", and port 5061 in hosts",
            )
            .value(trunk.transport.param());
    }
    let other_port = trunk.hosts.iter().find(|host| host.port != Some(five9::PARTNER_PORT));
    if let Some(host) = other_port {
        // What a customer is told by Five9 Support goes before what we know: F-05, 2026-08.
        report
            .warning(
                "P042",
                (section, "hosts"),
                "a partner trunk listens on port 5061",
                "ask Five9 Support for the address of your data centre, and write it with port 5061",
            )
            .value(host);
    }
    if trunk.hand_back != HandBackBy::Bye {
        report
            .error(
                "P046",
                (section, "hand_back"),
                "a partner trunk gets its calls back in one way: a BYE that carries X- headers",
                "write hand_back = \"bye\", and tick Return After 3rd Party Call in the script",
            )
            .value(trunk.hand_back.as_str());
    }
}

#[cfg(test)]
mod tests {
    use siptrunk_sdp::CodecName;

    use crate::lint::testing::{codes, good};
    use crate::{Config, Five9, HandBackBy, Trunk};

    /// The good configuration with another trunk to Five9.
    fn with(trunk: Trunk) -> Config {
        good().trunk(trunk.name("other"))
    }

    fn self_service() -> Trunk {
        Five9::self_service("192.0.2.1:5060").hand_back(HandBackBy::Bye)
    }

    fn partner() -> Trunk {
        Five9::partner("192.0.2.1")
    }

    #[test]
    fn p040_synthflows_host_in_a_five9_trunk() {
        for host in ["sip.synthflow.ai:32681", "sip.eu.synthflow.ai", "SIPIN.SYNTHFLOW.AI"] {
            let trunk = Five9::self_service(host).hand_back(HandBackBy::Bye);
            assert_eq!(codes(&with(trunk)), ["P040"], "{host}");
        }
        assert!(codes(&with(self_service())).is_empty());
    }

    #[test]
    fn p041_credentials_on_a_partner_trunk() {
        assert_eq!(codes(&with(partner().outbound("a", "b"))), ["P041"]);
        assert_eq!(codes(&with(partner().digest("a", "b"))), ["P041"]);
        assert!(codes(&with(partner())).is_empty());
        assert!(codes(&with(self_service().digest("a", "b"))).is_empty());
    }

    #[test]
    fn p042_a_partner_trunk_is_tls_on_5061() {
        use siptrunk_message::Transport;
        assert_eq!(codes(&with(partner().transport(Transport::Udp))), ["P042"]);
        assert_eq!(codes(&with(Five9::partner("192.0.2.1:5060"))), ["P042"]);
        assert!(codes(&with(Five9::partner("FRK"))).is_empty());
    }

    #[test]
    fn p043_other_codecs_than_g711() {
        let mut trunk = self_service();
        trunk.codecs.codecs = vec![CodecName::Opus, CodecName::Pcmu];
        assert_eq!(codes(&with(trunk.clone())), ["P043"]);
        trunk.codecs.codecs = vec![CodecName::Pcma, CodecName::TelephoneEvent];
        assert!(codes(&with(trunk)).is_empty());
    }

    #[test]
    fn p044_telephone_event_is_101() {
        let mut trunk = partner();
        trunk.codecs.telephone_event = Some(96);
        assert_eq!(codes(&with(trunk)), ["P044"]);
        let mut trunk = self_service();
        trunk.codecs.telephone_event = Some(96);
        let config = with(trunk);
        assert_eq!(codes(&config), ["P044"]);
        assert!(config.check().is_ok(), "on a self-service trunk it is a warning");
        let mut trunk = partner();
        trunk.codecs.telephone_event = Some(101);
        assert!(codes(&with(trunk)).is_empty());
    }

    #[test]
    fn p045_numbers_have_a_plus_but_for_pseudo_numbers() {
        assert_eq!(codes(&with(self_service().number("2065550100"))), ["P045"]);
        assert!(codes(&with(self_service().number("+12065550100"))).is_empty());
        assert!(codes(&with(partner().number("777000000001"))).is_empty());
        assert_eq!(codes(&with(partner().number("777 1"))), ["P045"]);
    }

    #[test]
    fn p046_a_partner_trunk_takes_calls_back_by_bye() {
        assert_eq!(codes(&with(partner().hand_back(HandBackBy::Refer))), ["P046"]);
        let own = self_service().hand_back(HandBackBy::Refer).return_number("+12065550100");
        assert!(codes(&with(own)).is_empty());
    }
}
