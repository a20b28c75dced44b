//! P010 to P015: the ports that media goes through.

use crate::lint::Report;
use crate::place::Section;

pub(crate) fn check(report: &mut Report<'_>) {
    let config = report.config;
    let Some(media) = &config.media else {
        report.error(
            "P010",
            (Section::Media, ""),
            "there are no ports for media, so no call could have audio",
            "add [media] with bind and ports",
        );
        return;
    };
    let (first, last) = (*media.ports.start(), *media.ports.end());
    let shown = format!("{first}-{last}");
    let place = (Section::Media, "ports");
    let calls = media.calls();
    let wanted = config.trunks.iter().filter_map(|trunk| trunk.max_calls).max().unwrap_or(0);
    if calls == 0 {
        report
            .error(
                "P011",
                place,
                "no call fits: each takes four ports, an even one and the odd one above it for \
                 either side",
                "write a wider range, as 20000-29999",
            )
            .value(&shown);
    } else if usize::try_from(wanted).is_ok_and(|wanted| calls < wanted) {
        report
            .warning(
                "P011",
                place,
                format!("{calls} calls fit, and a trunk has max_calls = {wanted}"),
                format!("write a range of {} ports or more", u64::from(wanted) * 4),
            )
            .value(&shown);
    }
    if first % 2 == 1 && calls > 0 {
        report
            .warning(
                "P012",
                place,
                "RTP goes through even ports (RFC 3550 section 11), so the first port is never used",
                "begin with an even port",
            )
            .value(&shown);
    }
    match media.advertise {
        None if media.bind.is_unspecified() => {
            report.error(
                "P013",
                (Section::Media, "advertise"),
                format!(
                    "bind = {} stands for every address of this host, so session descriptions would \
                     name none",
                    media.bind
                ),
                "set advertise to the address that media can reach, as 203.0.113.7",
            );
        }
        Some(address) if address.is_unspecified() => {
            report
                .error(
                    "P014",
                    (Section::Media, "advertise"),
                    "nobody can reach this address, and in a session description it means hold",
                    "write the public address",
                )
                .value(address);
        }
        _ => {}
    }
    if first < 1_024 {
        report
            .error(
                "P015",
                place,
                "ports below 1024 belong to the system",
                "write a range above, as 20000-29999",
            )
            .value(&shown);
    }
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use crate::lint::testing::{codes, good};
    use crate::{Config, MediaPorts};

    fn ports(ports: RangeInclusive<u16>) -> Config {
        good().media(MediaPorts::range("203.0.113.7", ports))
    }

    #[test]
    fn p010_no_media_ports() {
        let mut config = good();
        config.media = None;
        assert_eq!(codes(&config), ["P010"]);
    }

    #[test]
    fn p011_a_range_too_small() {
        assert_eq!(codes(&ports(20_000..=20_002)), ["P011"]);
        #[allow(clippy::reversed_empty_ranges, reason = "the mistake under test")]
        let reversed = ports(29_999..=20_000);
        assert_eq!(codes(&reversed), ["P011"]);
        let few = ports(20_000..=20_398);
        assert_eq!(codes(&few), ["P011"]);
        assert!(few.check().is_ok(), "fewer calls than a trunk may have is a warning");
        assert!(codes(&ports(20_000..=20_399)).is_empty());
    }

    #[test]
    fn p012_an_odd_first_port() {
        assert_eq!(codes(&ports(20_001..=29_999)), ["P012"]);
    }

    #[test]
    fn p013_and_p014_the_advertised_address() {
        let config = good().media(MediaPorts::range("0.0.0.0", 20_000..=29_999));
        assert_eq!(codes(&config), ["P013"]);
        let config = good().media(MediaPorts::range("0.0.0.0", 20_000..=29_999).advertise("::"));
        assert_eq!(codes(&config), ["P014"]);
    }

    #[test]
    fn p015_ports_of_the_system() {
        assert_eq!(codes(&ports(1_000..=9_999)), ["P015"]);
    }
}
