//! P020 to P029: names, numbers, hosts, limits.

use std::collections::HashSet;

use siptrunk_message::HostPort;

use crate::lint::Report;
use crate::place::Section;
use crate::{KeepAlive, Trunk};

pub(crate) fn check(report: &mut Report<'_>) {
    let config = report.config;
    if config.trunks.is_empty() {
        report.error(
            "P024",
            (Section::File, "trunk"),
            "there is no trunk, so every call would be refused",
            "add a [[trunk]] for Five9 and one for Synthflow",
        );
    }
    let mut names = HashSet::new();
    for (section, trunk) in report.trunks() {
        if trunk.name.is_empty() {
            report.error(
                "P021",
                (section, "name"),
                "a trunk without a name cannot be routed to",
                "give it one, as name = \"five9\"",
            );
        } else if !names.insert(trunk.name.as_str()) {
            report
                .error(
                    "P020",
                    (section, "name"),
                    "another trunk has this name, so routes would mean either",
                    "give each trunk a name of its own",
                )
                .value(&trunk.name);
        }
        if trunk.max_calls == Some(0) {
            report
                .error(
                    "P022",
                    (section, "max_calls"),
                    "no call could use the trunk",
                    "write 1 or more (Five9: Number of Simultaneous Calls), or drop it",
                )
                .value(0);
        }
        if trunk.hosts.is_empty() {
            report.error(
                "P023",
                (section, "hosts"),
                "the trunk has no host to send calls to, or to be known by",
                "write hosts = [\"gw.example.com:5060\"]",
            );
        }
        let proxy = trunk.outbound_proxy.iter().map(|proxy| ("outbound_proxy", &proxy.host));
        let hosts = trunk.hosts.iter().map(|host| ("hosts", host));
        if let Some((key, host)) = hosts.chain(proxy).find(|(_, host)| is_ours(report, trunk, host))
        {
            report
                .error(
                    "P025",
                    (section, key),
                    "this is our own address: calls would come back to us",
                    "write the address of the other side",
                )
                .value(host);
        }
        let mut numbers = HashSet::new();
        if let Some(number) = trunk.numbers.iter().find(|number| !numbers.insert(number.as_str())) {
            report
                .warning(
                    "P027",
                    (section, "numbers"),
                    "the number stands there twice",
                    "drop one of them, or correct it",
                )
                .value(number);
        }
        if trunk.calls_per_second == Some(0) {
            report
                .error(
                    "P028",
                    (section, "calls_per_second"),
                    "no call would ever be sent to the trunk",
                    "write 1 or more, or drop it",
                )
                .value(0);
        }
        if matches!(trunk.keep_alive, Some(KeepAlive::Crlf { .. }))
            && !trunk.transport.is_reliable()
        {
            report
                .error(
                    "P029",
                    (section, "keep_alive"),
                    "CRLF keeps connections open (RFC 5626 section 3.5.1), and UDP has none",
                    "write keep_alive = \"options\", or transport = \"tcp\" or \"tls\"",
                )
                .value("crlf");
        }
        if trunk.first_response.is_zero() {
            report
                .error(
                    "P026",
                    (section, "first_response"),
                    "every target would be given up at once",
                    "write some seconds; 4 is the default",
                )
                .value("0");
        }
    }
}

/// Whether a host of a trunk is an address that we listen on with the trunk's transport.
fn is_ours(report: &Report<'_>, trunk: &Trunk, host: &HostPort) -> bool {
    let port = host.port.unwrap_or_else(|| trunk.transport.default_port());
    let listening =
        report.config.listen.iter().filter(|listen| listen.transport == trunk.transport);
    listening.into_iter().any(|listen| {
        let ours = listen.advertised(listen.bind);
        ours.host == host.host && ours.port == Some(port)
            || host.host.ip() == Some(listen.bind.ip()) && listen.bind.port() == port
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::lint::testing::{codes, good};
    use crate::{Config, Five9, Generic, KeepAlive};

    /// The good configuration with one more trunk.
    fn with(trunk: crate::Trunk) -> Config {
        good().trunk(trunk)
    }

    #[test]
    fn p020_and_p021_each_trunk_has_a_name_of_its_own() {
        let host = "192.0.2.1:5060";
        assert_eq!(codes(&with(Generic::trunk("five9", host))), ["P020"]);
        assert_eq!(codes(&with(Generic::trunk("", host))), ["P021"]);
        assert!(codes(&with(Generic::trunk("pbx", host))).is_empty());
    }

    #[test]
    fn p022_room_for_no_call() {
        assert_eq!(codes(&with(Generic::new("192.0.2.1").max_calls(0))), ["P022"]);
        assert!(codes(&with(Generic::new("192.0.2.1").max_calls(1))).is_empty());
    }

    #[test]
    fn p023_no_host() {
        let mut trunk = Generic::new("192.0.2.1");
        trunk.hosts.clear();
        assert_eq!(codes(&with(trunk)), ["P023"]);
    }

    #[test]
    fn p024_no_trunk() {
        let mut config = good();
        config.trunks.clear();
        config.routes.clear();
        assert_eq!(codes(&config), ["P024", "P064"]);
    }

    #[test]
    fn p025_calls_to_ourselves() {
        assert_eq!(codes(&with(Generic::new("203.0.113.7:5060"))), ["P025"]);
        assert_eq!(codes(&with(Generic::new("203.0.113.7"))), ["P025"]);
        assert!(codes(&with(Generic::new("203.0.113.7:5070"))).is_empty());
        assert!(codes(&with(Five9::partner("203.0.113.8").name("x"))).is_empty());
    }

    #[test]
    fn p026_no_time_to_answer() {
        let trunk = Generic::new("192.0.2.1").first_response(Duration::ZERO);
        assert_eq!(codes(&with(trunk)), ["P026"]);
    }

    #[test]
    fn p025_a_proxy_that_is_ourselves() {
        let behind = |proxy: &str| codes(&with(Generic::new("192.0.2.1").outbound_proxy(proxy)));
        assert_eq!(behind("sip:203.0.113.7:5060"), ["P025"]);
        assert!(behind("sip:203.0.113.9:5060").is_empty());
    }

    #[test]
    fn p027_a_number_that_stands_there_twice() {
        let trunk = Generic::new("192.0.2.1").number("+12065550101").number("+12065550102");
        assert!(codes(&with(trunk.clone())).is_empty());
        assert_eq!(codes(&with(trunk.number("+12065550101"))), ["P027"]);
    }

    #[test]
    fn p028_no_call_in_a_second() {
        assert_eq!(codes(&with(Generic::new("192.0.2.1").calls_per_second(0))), ["P028"]);
        assert!(codes(&with(Generic::new("192.0.2.1").calls_per_second(1))).is_empty());
    }

    #[test]
    fn p029_crlf_is_for_connections() {
        use siptrunk_message::Transport;
        let every = Duration::from_secs(30);
        let trunk = |keep_alive| Generic::new("192.0.2.1").keep_alive(keep_alive);
        assert_eq!(codes(&with(trunk(KeepAlive::Crlf { every }))), ["P029"]);
        assert!(codes(&with(trunk(KeepAlive::Options { every }))).is_empty());
        let tls = trunk(KeepAlive::Crlf { every }).transport(Transport::Tls);
        assert!(codes(&with(tls)).is_empty());
    }
}
