//! P001 to P007: the addresses to listen on.

use siptrunk_message::Transport;

use crate::lint::Report;
use crate::place::Section;

pub(crate) fn check(report: &mut Report<'_>) {
    let config = report.config;
    if config.listen.is_empty() {
        report.error(
            "P001",
            (Section::File, "listen"),
            "there is no address to listen on",
            "add a [[listen]] with transport and bind",
        );
    }
    for (index, listen) in config.listen.iter().enumerate() {
        let section = Section::Listen(index);
        match &listen.advertise {
            None if listen.bind.ip().is_unspecified() => {
                report.error(
                    "P002",
                    (section, "advertise"),
                    format!(
                        "bind = {} stands for every address of this host, so Via and Contact would \
                         name none that the others can reach",
                        listen.bind
                    ),
                    "set advertise to the address that Five9 and Synthflow can reach, as \
                     203.0.113.7:5060",
                );
            }
            Some(advertise)
                if advertise.host.ip().is_some_and(|address| address.is_unspecified())
                    || advertise.port == Some(0) =>
            {
                report
                    .error(
                        "P003",
                        (section, "advertise"),
                        "nobody can reach this address",
                        "write the public address and port",
                    )
                    .value(advertise);
            }
            _ => {}
        }
        let secured = listen.transport == Transport::Tls;
        if secured && listen.certificate.is_none() {
            report.error(
                "P006",
                (section, "certificate"),
                "a TLS listener has nothing to show who we are",
                "set certificate and private_key to PEM files: the chain, our certificate first, and \
                 its key",
            );
        }
        let tls_only = [
            ("certificate", listen.certificate.is_some()),
            ("client_ca", listen.client_ca.is_some()),
        ];
        for (key, _) in tls_only.into_iter().filter(|(_, set)| *set && !secured) {
            report.error(
                "P007",
                (section, key),
                "only TLS shows and asks for certificates",
                "write transport = \"tls\", or drop it",
            );
        }
        let twin = config.listen.iter().take(index).any(|other| {
            other.transport == listen.transport
                && other.bind.port() == listen.bind.port()
                && listen.bind.port() != 0
                // Listeners of IPv6 take IPv6 alone, so one of each family can have a port.
                && other.bind.is_ipv4() == listen.bind.is_ipv4()
                && (other.bind.ip() == listen.bind.ip()
                    || other.bind.ip().is_unspecified()
                    || listen.bind.ip().is_unspecified())
        });
        if twin {
            report
                .error(
                    "P004",
                    (section, "bind"),
                    "another [[listen]] takes this address already",
                    "drop one of them, or give it another port",
                )
                .value(listen.bind);
        }
    }
    for (section, trunk) in report.trunks() {
        let listening = config.listen.iter().any(|listen| listen.transport == trunk.transport);
        // What we send names the listener's address for the answers, whatever it goes over.
        if !listening && !config.listen.is_empty() {
            report
                .error(
                    "P005",
                    (section, "transport"),
                    "no [[listen]] has this transport, so nothing can be sent or received on it",
                    "add one, or change the trunk's transport",
                )
                .value(trunk.transport.param());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};
    use crate::{AuthoritySource, Config, Listen};

    fn with(listen: Listen) -> Config {
        let mut config = good();
        config.listen = vec![listen];
        config
    }

    #[test]
    fn p001_nothing_to_listen_on() {
        let mut config = good();
        config.listen.clear();
        assert_eq!(codes(&config), ["P001"]);
    }

    #[test]
    fn p002_an_unspecified_address_needs_an_advertised_one() {
        assert_eq!(codes(&with(Listen::udp("0.0.0.0:5060"))), ["P002"]);
        assert_eq!(codes(&with(Listen::udp("[::]:5060"))), ["P002"]);
        assert!(codes(&with(Listen::udp("203.0.113.7:5060"))).is_empty());
    }

    #[test]
    fn p003_the_advertised_address_must_be_one() {
        let config = with(Listen::udp("203.0.113.7:5060").advertise("0.0.0.0:5060"));
        assert_eq!(codes(&config), ["P003"]);
        let config = with(Listen::udp("203.0.113.7:5060").advertise("203.0.113.7:0"));
        assert_eq!(codes(&config), ["P003"]);
    }

    #[test]
    fn p004_two_listeners_on_one_address() {
        let twice = |second| good().listen(Listen::udp(second).advertise("203.0.113.8"));
        assert_eq!(codes(&twice("127.0.0.1:5060")), ["P004"]);
        assert!(codes(&twice("127.0.0.1:5070")).is_empty());
        assert!(codes(&good().listen(Listen::tcp("203.0.113.7:5060"))).is_empty());
    }

    #[test]
    fn p004_leaves_one_port_to_a_listener_of_each_family() {
        let second = Listen::udp("[::]:5060").advertise("[2001:db8::7]:5060");
        let mut both = with(Listen::udp("0.0.0.0:5060").advertise("203.0.113.7:5060"));
        both.listen.push(second.clone());
        assert!(codes(&both).is_empty());
        both.listen.push(second);
        assert_eq!(codes(&both), ["P004"]);
    }

    #[test]
    fn p005_a_trunk_without_a_listener_of_its_transport() {
        assert_eq!(codes(&with(Listen::tcp("203.0.113.7:5060"))), ["P005", "P005"]);
    }

    #[test]
    fn p006_a_tls_listener_shows_a_certificate() {
        let tls = || Listen::tls("203.0.113.7:5062");
        assert_eq!(codes(&good().listen(tls())), ["P006"]);
        assert!(codes(&good().listen(tls().certificate("chain.pem", "key.pem"))).is_empty());
        assert!(codes(&good().listen(tls().certificate_pem("chain", "key"))).is_empty());
    }

    #[test]
    fn p007_only_tls_has_certificates() {
        let tcp = || Listen::tcp("203.0.113.7:5070");
        assert_eq!(codes(&good().listen(tcp().certificate("chain.pem", "key.pem"))), ["P007"]);
        let authorities = AuthoritySource::File("ca.pem".into());
        assert_eq!(codes(&good().listen(tcp().client_ca(authorities))), ["P007"]);
    }
}
