//! P030 to P034: who is let in, and by what proof.

use std::time::Duration;

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
}

fn networks(report: &mut Report<'_>, section: Section, trunk: &Trunk) {
    let networks = match &trunk.inbound.allow {
        Allow::Networks(networks) => networks,
        Allow::Hosts => return,
        Allow::Published => return published(report, section, trunk),
    };
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

/// Lists that a provider published: there has to be one, and an old one is doubted. S-08, 2026-11-24.
fn published(report: &mut Report<'_>, section: Section, trunk: &Trunk) {
    let place = (section, "inbound.allow");
    let Some(networks) = trunk.published_networks().filter(|it| !it.signalling.is_empty()) else {
        report
            .error(
                "P030",
                place,
                "the provider published no networks, so every call of this trunk would be refused",
                "write the networks that its support told you",
            )
            .value("published");
        return;
    };
    if report.today.is_some_and(|today| networks.is_old_on(today)) {
        report
            .warning(
                "P036",
                place,
                format!(
                    "the provider's list is of {}, and such lists changed before: calls from newer \
                     addresses would be refused",
                    networks.as_of
                ),
                "compare it with the provider's page of IP allow lists, and write today's in the file that \
                 networks_file names",
            )
            .value("published");
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::lint::testing::{codes, good};
    use crate::{Allow, Config, Generic, Networks, Region, Synthflow, Trunk};

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
    fn p030_and_p036_lists_that_nobody_published_or_that_are_old() {
        let published = |trunk: Trunk| with(trunk.name("other").allow_only(Allow::Published));
        let on = |config: &Config, day: &str| {
            let findings = config.lint_at(day.parse().expect("a day"));
            findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(&published(generic())), ["P030"]);
        let synthflow = published(Synthflow::region(Region::Eu));
        assert!(on(&synthflow, "2027-05-23").is_empty());
        assert_eq!(on(&synthflow, "2027-05-24"), ["P036"]);
        assert!(codes(&synthflow).is_empty(), "nobody said what day it is");
        let networks = Networks::new(
            "2027-05-01".parse().expect("a day"),
            vec!["198.51.100.0/24".parse().expect("a network")],
            Vec::new(),
        );
        let newer = published(Synthflow::region(Region::Eu).networks(networks));
        assert!(on(&newer, "2027-05-24").is_empty());
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
}
