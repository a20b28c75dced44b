//! P010 to P017: the ports that media goes through, its address, and codecs that both sides have.

use std::collections::HashMap;
use std::net::IpAddr;

use siptrunk_message::Host;
use siptrunk_sdp::CodecName;

use crate::lint::Report;
use crate::place::Section;
use crate::{MediaPorts, RouteAction, Trunk, synthflow};

pub(crate) fn check(report: &mut Report<'_>) {
    codecs(report);
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
    private(report, media);
}

/// A private address in session descriptions for somebody out there: the classic one-way audio.
fn private(report: &mut Report<'_>, media: &MediaPorts) {
    let address = media.advertised();
    let public = report.config.trunks.iter().find(|trunk| is_public(trunk));
    if let Some(trunk) = public.filter(|_| is_private(address)) {
        let key = if media.advertise.is_some() { "advertise" } else { "bind" };
        report
            .warning(
                "P017",
                (Section::Media, key),
                format!(
                    "the trunk {} is out on the net and cannot send audio to a private address",
                    trunk.name
                ),
                "set advertise to the public address, and open the ports to it (RTP 10000-60000 is what \
                 Synthflow sends from)",
            )
            .value(address);
    }
}

/// Whether a trunk's hosts are surely out on the net: public addresses, or names of Synthflow. Other names
/// may be anything.
fn is_public(trunk: &Trunk) -> bool {
    trunk.hosts.iter().any(|host| match &host.host {
        Host::Name(name) => synthflow::is_host(name),
        other => {
            other.ip().is_some_and(|address| !is_private(address) && !address.is_unspecified())
        }
    })
}

/// Whether an address has a meaning inside a network alone (RFC 1918, 6598, 3927, 4193, 4291).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// Audio codecs as a set.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Audio(u32);

impl Audio {
    fn of(trunk: &Trunk) -> Self {
        let bits = CodecName::ALL.iter().enumerate().filter(|(_, codec)| {
            **codec != CodecName::TelephoneEvent && trunk.codecs.codecs.contains(codec)
        });
        Self(bits.map(|(bit, _)| 1 << bit).sum())
    }

    fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// P016: calls between trunks that have no codec in common would all end in 488. One look a route and
/// kind of codec list: a thousand trunks have a few lists.
fn codecs(report: &mut Report<'_>) {
    let mut trunks: HashMap<&str, Audio> = HashMap::new();
    let mut lists: Vec<(Audio, &str)> = Vec::new();
    for (section, trunk) in report.trunks() {
        let audio = Audio::of(trunk);
        if audio.0 == 0 {
            report.error(
                "P016",
                (section, "codecs"),
                "there is no codec for audio, so every call would be answered 488",
                "write codecs = [\"PCMU\", \"PCMA\", \"telephone-event\"]",
            );
            continue;
        }
        trunks.insert(&trunk.name, audio);
        if !lists.iter().any(|(known, _)| *known == audio) {
            lists.push((audio, &trunk.name));
        }
    }
    let config = report.config;
    for (index, route) in config.routes.iter().enumerate() {
        let RouteAction::To(to) = &route.action else { continue };
        let sources: Vec<(Audio, &str)> = match route.from.as_deref() {
            Some(name) => trunks.get(name).map(|audio| (*audio, name)).into_iter().collect(),
            None => lists.clone(),
        };
        let apart = to.iter().chain(&route.overflow).find_map(|name| {
            let audio = trunks.get(name.as_str())?;
            let (_, from) = sources.iter().find(|(other, _)| !audio.meets(*other))?;
            Some((name, from))
        });
        if let Some((name, from)) = apart {
            report
                .error(
                    "P016",
                    (Section::Route(index), "to"),
                    format!("the trunks {from} and {name} have no codec in common: their calls end in 488"),
                    "give both PCMU or PCMA in codecs; media is carried, not translated",
                )
                .value(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use siptrunk_sdp::CodecName;

    use crate::lint::testing::{codes, good};
    use crate::{Config, Generic, MediaPorts, Route};

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

    #[test]
    fn p016_trunks_that_have_no_codec_in_common() {
        use siptrunk_sdp::CodecName::{Opus, Pcma, Pcmu, TelephoneEvent};
        let with = |one: &[CodecName], two: &[CodecName], route: Route| {
            let trunk = |name: &str, host: &str, codecs: &[CodecName]| {
                let mut trunk = Generic::trunk(name, host);
                trunk.codecs.codecs = codecs.to_vec();
                trunk
            };
            let config = good()
                .trunk(trunk("one", "192.0.2.1", one))
                .trunk(trunk("two", "192.0.2.2", two))
                .route(route);
            codes(&config)
        };
        let there = || Route::from("one").dialed("+1").to("two");
        assert_eq!(with(&[Pcmu, TelephoneEvent], &[Pcma, TelephoneEvent], there()), ["P016"]);
        assert!(with(&[Pcmu, Pcma], &[Pcma], there()).is_empty());
        assert!(with(&[Pcmu], &[Pcma], Route::from("one").dialed("+1").reject(404)).is_empty());
        assert_eq!(
            with(&[Opus], &[Opus], Route::any().dialed("+2").to("two")),
            ["P016"],
            "from any"
        );
        let overflowing = Route::from("one").dialed("+1").to("five9").overflow("two");
        assert_eq!(with(&[Pcmu], &[Pcma], overflowing), ["P016"]);
        assert_eq!(
            with(&[TelephoneEvent], &[Pcmu], there()),
            ["P016"],
            "no audio at all, told once"
        );
    }

    #[test]
    fn p017_a_private_address_for_a_trunk_out_on_the_net() {
        let at = |address: &str| {
            let mut config = good();
            config.media = Some(MediaPorts::range(address, 20_000..=29_999));
            config
        };
        for address in [
            "10.1.2.3",
            "192.168.1.1",
            "172.16.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "fd00::1",
        ] {
            let config = at(address);
            assert_eq!(codes(&config), ["P017"], "{address}");
            assert!(config.check().is_ok(), "{address}");
            assert_eq!(config.lint()[0].field, "media.bind");
        }
        for address in ["203.0.113.7", "100.128.0.1", "100.63.0.1", "2001:db8::7"] {
            assert!(codes(&at(address)).is_empty(), "{address}");
        }
        // All trunks are inside as well.
        let mut inside = at("10.1.2.3");
        inside.routes.clear();
        inside.trunks = vec![Generic::new("10.9.9.9"), Generic::trunk("pbx", "pbx.internal")];
        assert_eq!(codes(&inside), ["P064"]);
        inside.trunks.push(Generic::trunk("out", "203.0.113.9"));
        assert_eq!(codes(&inside), ["P017", "P064"]);
    }
}
