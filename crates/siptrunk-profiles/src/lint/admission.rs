//! P030 to P035: who is let in, and by what proof.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use siptrunk_digest::Account;

use crate::lint::Report;
use crate::place::Section;
use crate::{Allow, Trunk};

/// A network with a shorter prefix than this holds so much of the address space that anybody may be
/// in it.
const WIDEST_V4: u8 = 8;
const WIDEST_V6: u8 = 16;

/// How long a registration may be asked for, in seconds. S-12, 2026-07-30: what Synthflow's own may
/// last.
const EXPIRES: std::ops::RangeInclusive<u64> = 60..=3_600;

pub(crate) fn check(report: &mut Report<'_>) {
    for (section, trunk) in report.trunks() {
        networks(report, section, trunk);
        if let Some(account) = &trunk.inbound.digest {
            proof(report, "P032", section, "inbound.digest", account);
        }
        if let Some(outbound) = &trunk.outbound {
            proof(report, "P033", section, "outbound", &outbound.account);
            expires(report, section, outbound.register_expires);
        }
    }
    shared_addresses(report);
}

fn networks(report: &mut Report<'_>, section: Section, trunk: &Trunk) {
    let Allow::Networks(networks) = &trunk.inbound.allow else { return };
    if networks.is_empty() {
        report.error(
            "P030",
            (section, "inbound.allow"),
            "the list is empty, so every call of this trunk would be refused",
            "write the networks of the other side, or drop allow to take its hosts' addresses",
        );
    }
    let wide = networks.iter().find(|network| {
        let narrowest = if network.addr().is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
        network.prefix_len() < narrowest
    });
    if let Some(network) = wide {
        let place = (section, "inbound.allow");
        let remedy = "write the networks that the provider publishes, as 198.51.100.0/24";
        if trunk.inbound.digest.is_some() {
            report.warning("P031", place, "nearly anybody may try passwords on this trunk", remedy)
        } else {
            report.error(
                "P031",
                place,
                "nearly anybody could place calls over this trunk, at your cost",
                remedy,
            )
        }
        .value(network);
    }
}

fn proof(
    report: &mut Report<'_>,
    code: &'static str,
    section: Section,
    key: &'static str,
    account: &Account,
) {
    let missing = match (account.username.is_empty(), account.password.expose().is_empty()) {
        (false, false) => return,
        (true, false) => "user name",
        (false, true) => "password",
        (true, true) => "user name and password",
    };
    report.error(
        code,
        (section, key),
        format!("the account has an empty {missing}"),
        "write both as the other side has them (Five9: SIP Authentication ID and Password)",
    );
}

fn expires(report: &mut Report<'_>, section: Section, expires: Duration) {
    if !EXPIRES.contains(&expires.as_secs()) {
        report
            .error(
                "P034",
                (section, "outbound.register_expires"),
                "registrations last from 60 to 3600 seconds; registrars answer 423 to less",
                "write a number between, or drop it for 300",
            )
            .value(expires.as_secs());
    }
}

/// Two trunks that share an address on one listener: which of them a call belongs to is then told by
/// the dialled number alone.
fn shared_addresses(report: &mut Report<'_>) {
    let known: Vec<_> = report.trunks().map(|(_, trunk)| (trunk, addresses(trunk))).collect();
    for (index, two) in known.iter().enumerate() {
        let twin = known.iter().take(index).find(|one| {
            one.0.transport == two.0.transport && share(one, two) && !disjoint(one.0, two.0)
        });
        if let Some((one, _)) = twin {
            let by_hosts = matches!(two.0.inbound.allow, Allow::Hosts);
            report.error(
                "P035",
                (Section::Trunk(index), if by_hosts { "hosts" } else { "inbound.allow" }),
                format!(
                    "calls of the trunk {} come from the same addresses, and nothing tells them apart",
                    one.name
                ),
                "write in numbers of both what their calls dial, each number in one of them",
            );
        }
    }
}

/// Whether a request could come from both.
fn share(one: &(&Trunk, Vec<IpNet>), two: &(&Trunk, Vec<IpNet>)) -> bool {
    let networks = one
        .1
        .iter()
        .any(|a| two.1.iter().any(|b| a.contains(&b.network()) || b.contains(&a.network())));
    let by_host = |trunk: &Trunk| trunk.inbound.allow == Allow::Hosts;
    let names = || one.0.hosts.iter().any(|a| two.0.hosts.iter().any(|b| a.host == b.host));
    networks || by_host(one.0) && by_host(two.0) && names()
}

/// The addresses a trunk is known by, as far as they can be told without asking DNS.
fn addresses(trunk: &Trunk) -> Vec<IpNet> {
    match &trunk.inbound.allow {
        Allow::Networks(networks) => networks.clone(),
        Allow::Hosts => {
            trunk.hosts.iter().filter_map(|host| host.host.ip()).map(IpNet::from).collect()
        }
        Allow::Published => trunk
            .profile
            .published()
            .iter()
            .map(|address| IpNet::from(IpAddr::V4(*address)))
            .collect(),
    }
}

/// Whether the numbers tell which of both a call belongs to.
fn disjoint(one: &Trunk, two: &Trunk) -> bool {
    !one.numbers.is_empty()
        && !two.numbers.is_empty()
        && !one.numbers.iter().any(|number| two.numbers.contains(number))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::lint::testing::{codes, good};
    use crate::{Allow, Config, Generic, Trunk};

    fn with(trunk: Trunk) -> Config {
        good().trunk(trunk)
    }

    fn generic() -> Trunk {
        Generic::new("192.0.2.1:5060")
    }

    #[test]
    fn p030_a_list_that_lets_nobody_in() {
        let config = with(generic().allow_only(Allow::Networks(Vec::new())));
        assert_eq!(codes(&config), ["P030"]);
        assert!(codes(&with(generic().allow("198.51.100.0/24"))).is_empty());
    }

    #[test]
    fn p031_a_list_that_lets_anybody_in() {
        for wide in ["0.0.0.0/0", "128.0.0.0/1", "::/0"] {
            let config = with(generic().allow("198.51.100.7").allow(wide));
            assert_eq!(codes(&config), ["P031"], "{wide}");
            assert!(config.check().is_err(), "{wide}");
        }
        let with_proof = with(generic().allow("0.0.0.0/0").digest("pbx", "secret"));
        assert_eq!(codes(&with_proof), ["P031"]);
        assert!(with_proof.check().is_ok(), "with digest it is a warning");
        assert!(codes(&with(generic().allow("10.0.0.0/8"))).is_empty());
    }

    #[test]
    fn p032_and_p033_half_an_account() {
        assert_eq!(codes(&with(generic().digest("pbx", ""))), ["P032"]);
        assert_eq!(codes(&with(generic().digest("", "secret"))), ["P032"]);
        assert_eq!(codes(&with(generic().outbound("", ""))), ["P033"]);
        let whole = generic().digest("pbx", "secret").outbound("us", "secret");
        assert!(codes(&with(whole)).is_empty());
    }

    #[test]
    fn p034_registrations_too_short_or_too_long() {
        let lasting = |seconds| {
            let trunk = generic().outbound("us", "secret").register(true);
            codes(&with(trunk.register_expires(Duration::from_secs(seconds))))
        };
        assert_eq!(lasting(59), ["P034"]);
        assert_eq!(lasting(3_601), ["P034"]);
        assert!(lasting(60).is_empty());
        assert!(lasting(3_600).is_empty());
    }

    #[test]
    fn p035_two_trunks_that_nothing_tells_apart() {
        let two = |one: Trunk, two: Trunk| good().trunk(one.name("one")).trunk(two.name("two"));
        let same_host = two(generic(), Generic::new("192.0.2.1:5070"));
        assert_eq!(codes(&same_host), ["P035"], "ports do not count");
        let same_name = two(Generic::new("pbx.example"), Generic::new("PBX.example"));
        assert_eq!(codes(&same_name), ["P035"]);
        let inside = two(generic(), Generic::new("192.0.2.9").allow("192.0.2.0/24"));
        assert_eq!(codes(&inside), ["P035"]);
        let apart = two(generic(), Generic::new("192.0.2.2"));
        assert!(codes(&apart).is_empty());
    }

    #[test]
    fn p035_dialled_numbers_tell_them_apart() {
        let two = |one: &str, two: &str| {
            good().trunk(generic().name("one").number(one)).trunk(generic().name("two").number(two))
        };
        assert!(codes(&two("+12065550101", "+12065550102")).is_empty());
        assert_eq!(codes(&two("+12065550101", "+12065550101")), ["P035"]);
        let silent =
            good().trunk(generic().name("one").number("+12065550101")).trunk(generic().name("two"));
        assert_eq!(codes(&silent), ["P035"], "the calls of a trunk without numbers are anybody's");
    }
}
