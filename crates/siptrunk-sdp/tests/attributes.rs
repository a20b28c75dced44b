//! Typed attributes: what is read, what is malformed and where, and that what is written reads back.

use std::fmt::Debug;
use std::num::NonZeroU16;

use proptest::prelude::*;
use siptrunk_sdp::attribute::{
    AttributeError, Crypto, Fmtp, Group, MaxPtime, Mid, Ptime, Rtcp, RtcpMux, RtpMap, Ssrc,
    TelephoneEvents, TypedAttribute,
};
use siptrunk_sdp::offer_answer::{CodecPolicy, LocalMedia, Party, SrtpMode, SrtpPolicy};
use siptrunk_sdp::{Address, CryptoSuite, Origin, SessionDescription, SrtpKey};

fn written<'a>(attribute: &impl TypedAttribute<'a>) -> String {
    let mut text = String::new();
    attribute.write(&mut text).unwrap();
    text
}

/// Reads a value and writes it again.
fn rewritten<'a, T: TypedAttribute<'a>>(value: &'a str) -> Result<String, AttributeError> {
    T::parse(Some(value.as_bytes())).map(|attribute| written(&attribute))
}

#[test]
fn read_and_written() {
    type Case = (&'static str, &'static str, fn(&'static str) -> Result<String, AttributeError>);
    let rows: [Case; 33] = [
        ("0 PCMU/8000", "0 PCMU/8000", rewritten::<RtpMap<'_>>),
        ("97 L16/8000/2", "97 L16/8000/2", rewritten::<RtpMap<'_>>),
        ("97 L16/8000/1 ", "97 L16/8000", rewritten::<RtpMap<'_>>),
        ("111 opus/48000/2", "111 opus/48000/2", rewritten::<RtpMap<'_>>),
        ("128 X/8000", "0: payload type, encoding/clock rate", rewritten::<RtpMap<'_>>),
        ("96 X", "4: payload type, encoding/clock rate", rewritten::<RtpMap<'_>>),
        ("96 X/0", "5: payload type, encoding/clock rate", rewritten::<RtpMap<'_>>),
        ("96 X/8000/0", "5: payload type, encoding/clock rate", rewritten::<RtpMap<'_>>),
        ("96 X/8000 y", "10: payload type, encoding/clock rate", rewritten::<RtpMap<'_>>),
        ("101 0-15,66", "101 0-15,66", rewritten::<Fmtp<'_>>),
        ("18 annexb=no ", "18 annexb=no", rewritten::<Fmtp<'_>>),
        ("18", "2: a format and its parameters in UTF-8", rewritten::<Fmtp<'_>>),
        ("18  ", "3: a format and its parameters in UTF-8", rewritten::<Fmtp<'_>>),
        ("20", "20", rewritten::<Ptime>),
        (" 20 ", "20", rewritten::<Ptime>),
        ("0", "0: milliseconds, 1 to 65535", rewritten::<Ptime>),
        ("20.5", "2: milliseconds, 1 to 65535", rewritten::<Ptime>),
        ("65536", "0: milliseconds, 1 to 65535", rewritten::<MaxPtime>),
        ("53020", "53020", rewritten::<Rtcp<'_>>),
        ("53020 IN IP4 126.16.64.4", "53020 IN IP4 126.16.64.4", rewritten::<Rtcp<'_>>),
        (
            "53020 IN IP6 2001:2345:6789:ABCD:EF01:2345:6789:ABCD",
            "53020 IN IP6 2001:2345:6789:abcd:ef01:2345:6789:abcd",
            rewritten::<Rtcp<'_>>,
        ),
        ("53020 IN IP4", "6: a port, and an address if another", rewritten::<Rtcp<'_>>),
        ("none", "0: a port, and an address if another", rewritten::<Rtcp<'_>>),
        ("audio-1", "audio-1", rewritten::<Mid<'_>>),
        ("a b", "2: a token", rewritten::<Mid<'_>>),
        ("BUNDLE a b", "BUNDLE a b", rewritten::<Group<'_>>),
        ("LS", "LS", rewritten::<Group<'_>>),
        ("LS a;b", "4: semantics and names of streams", rewritten::<Group<'_>>),
        ("314159 cname:user@example.com", "314159 cname:user@example.com", rewritten::<Ssrc<'_>>),
        ("314159 x", "314159 x", rewritten::<Ssrc<'_>>),
        ("4294967296 x", "0: a number, a name and a value", rewritten::<Ssrc<'_>>),
        ("1 x y", "3: a number, a name and a value", rewritten::<Ssrc<'_>>),
        ("yes", "0: no value", rewritten::<RtcpMux>),
    ];
    for (value, expected, read) in rows {
        let got =
            read(value).unwrap_or_else(|error| format!("{}: {}", error.offset, error.expected));
        assert_eq!(got, expected, "{value:?}");
    }
}

#[test]
fn parts_of_attributes() {
    let map = RtpMap::parse(Some(b"97 L16/44100/2")).unwrap();
    let parts = (map.payload_type(), map.encoding(), map.clock_rate(), map.channels());
    assert_eq!(parts, (97, "L16", 44_100, 2));
    let fmtp = Fmtp::parse(Some(b"98 mode-set=0,2; octet-align=1;crc")).unwrap();
    assert_eq!((fmtp.format(), fmtp.parameters()), ("98", "mode-set=0,2; octet-align=1;crc"));
    let pairs: Vec<_> = fmtp.pairs().collect();
    assert_eq!(pairs, [("mode-set", Some("0,2")), ("octet-align", Some("1")), ("crc", None)]);
    assert!(fmtp.telephone_events().is_err());
    let group = Group::parse(Some(b"BUNDLE  a  b")).unwrap();
    assert_eq!((group.semantics(), group.tags().collect::<Vec<_>>()), ("BUNDLE", vec!["a", "b"]));
    let ssrc = Ssrc::parse(Some(b"7 cname:x:y")).unwrap();
    assert_eq!((ssrc.id(), ssrc.name(), ssrc.value()), (7, "cname", Some(&b"x:y"[..])));
    assert_eq!(RtcpMux::parse(None), Ok(RtcpMux));
    let rtcp = Rtcp::parse(Some(b"9 IN IP4 192.0.2.1")).unwrap();
    assert_eq!((rtcp.port, rtcp.address), (9, Some(Address::Ip("192.0.2.1".parse().unwrap()))));
}

#[test]
fn what_cannot_be_written_cannot_be_made() {
    assert!(RtpMap::new(128, "X", 1, 1).is_none() && RtpMap::new(1, "a b", 1, 1).is_none());
    assert!(RtpMap::new(1, "", 1, 1).is_none() && RtpMap::new(1, "X", 0, 1).is_none());
    assert!(RtpMap::new(1, "X", 1, 0).is_none() && RtpMap::new(127, "X", 1, 1).is_some());
    for parameters in ["", " x", "x ", "x\r\na=y", "x\0"] {
        assert!(Fmtp::new("0", parameters).is_none(), "{parameters:?}");
    }
    assert!(Fmtp::new("0 1", "x").is_none() && Fmtp::new("", "x").is_none());
    assert!(Mid::new("").is_none() && Mid::new("a\r").is_none());
    assert!(Group::new("", "a").is_none() && Group::new("LS", "a  b").is_none());
    assert!(Group::new("LS", "a:b").is_none() && Group::new("LS", "").is_some());
    assert!(Ssrc::new(1, "", None).is_none() && Ssrc::new(1, "x", Some(b"\n")).is_none());
    assert!(Ssrc::new(1, "x", Some(b"\0")).is_none() && Ssrc::new(1, "x", Some(b"\r")).is_none());
}

#[test]
fn lists_of_events() {
    let rows = [
        ("0-15", Ok("0-15")),
        ("0-15,66", Ok("0-15,66")),
        ("66, 0-3 ,2-5", Ok("0-5,66")),
        ("255", Ok("255")),
        ("127-128", Ok("127-128")),
        ("0-255", Ok("0-255")),
        ("1,3", Ok("1,3")),
        ("", Err(0)),
        ("256", Err(0)),
        ("15-0", Err(0)),
        ("0-", Err(2)),
        ("0,", Err(2)),
        ("0;1", Err(1)),
        ("a", Err(0)),
    ];
    for (list, expected) in rows {
        let got = TelephoneEvents::parse(list);
        let got = got.map(|events| events.to_string()).map_err(|error| error.offset);
        assert_eq!(got, expected.map(str::to_owned), "{list}");
    }
    let digits = TelephoneEvents::parse("0-15").unwrap();
    assert_eq!(digits, TelephoneEvents::DIGITS);
    assert!(digits.contains(15) && !digits.contains(16) && !digits.contains(143));
    let other = TelephoneEvents::parse("10-20,200").unwrap();
    assert!(other.contains(200) && !other.contains(72));
    assert_eq!(digits.and(other).to_string(), "10-15");
    assert!(digits.and(TelephoneEvents::parse("16").unwrap()).is_empty() && !digits.is_empty());
}

#[test]
fn parts_of_a_key_line() {
    let line = b"1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:4 KDR=1\tWSH=64";
    let line = Crypto::parse(Some(line)).unwrap();
    assert_eq!((line.tag(), line.suite_name()), (1, "AES_CM_128_HMAC_SHA1_80"));
    assert_eq!(line.parameters().collect::<Vec<_>>(), ["KDR=1", "WSH=64"]);
    assert_eq!(line.usable_key(), None);
    let key = line.keys().next().unwrap().unwrap();
    let mki = key.mki().unwrap();
    assert_eq!((key.lifetime(), mki.value, mki.length), (Some(1 << 20), 1, 4));
    let key = key.decode(CryptoSuite::AesCm128HmacSha1_80).unwrap();
    assert_eq!(key.key(), b"=-n@%^x!Bjufr9)?");
    assert_eq!(key.salt(), b",#5h\\`=&]{qiPQ");
    assert_eq!((key.lifetime(), key.mki()), (Some(1 << 20), Some(mki)));
    for other in [CryptoSuite::AeadAes128Gcm, CryptoSuite::AesCm256HmacSha1_32] {
        assert_eq!(line.keys().next().unwrap().unwrap().decode(other), None);
    }
    for suite in CryptoSuite::ALL {
        assert_eq!(CryptoSuite::from_name(suite.as_str()), Some(suite));
        let key = SrtpKey::generate(suite, &mut |room| room.fill(9));
        assert_eq!((key.key().len(), key.salt().len()), (suite.key_length(), suite.salt_length()));
        assert!(key.key().iter().chain(key.salt()).all(|byte| *byte == 9));
    }
}

#[test]
fn key_lines_that_are_none() {
    let rows = [
        ("", 0),
        ("1", 1),
        ("1 ", 2),
        ("1 A", 3),
        ("1 A ", 4),
        ("1000000000 A inline:x", 0),
        ("1 A-B inline:x", 3),
        ("1 A inline:x caf\u{e9}", 13),
    ];
    for (value, at) in rows {
        let error = Crypto::parse(Some(value.as_bytes())).unwrap_err();
        assert_eq!((error.name, error.offset), ("crypto", at), "{value}");
    }
    let rows = [
        ("prompt:x", 0),
        ("inline:", 7),
        ("inline:|2^20", 7),
        ("inline:x|", 9),
        ("inline:x|2^20|2^20", 14),
        ("inline:x|1:4|2^20", 13),
        ("inline:x|1:4|1:4", 13),
        ("inline:x|2^49", 9),
        ("inline:x|2^64", 9),
        ("inline:x|0", 9),
        ("inline:x|281474976710657", 9),
        ("inline:x|3^2", 10),
        ("inline:x|1:0", 9),
        ("inline:x|1:129", 9),
        ("inline:x|1:4x", 12),
    ];
    for (key, at) in rows {
        let value = format!("1 A {key}");
        let line = Crypto::parse(Some(value.as_bytes())).unwrap();
        let error = line.keys().next().unwrap().unwrap_err();
        assert_eq!(error.offset, at, "{key}");
        assert!(!error.to_string().contains("inline:x"));
    }
    let longest = Crypto::parse(Some(b"1 A inline:x|2^48|18446744073709551615:128")).unwrap();
    let longest = longest.keys().next().unwrap().unwrap();
    assert_eq!((longest.lifetime(), longest.mki().unwrap().length), (Some(1 << 48), 128));
}

#[test]
fn secrets_are_in_no_debug_output() {
    let line = Crypto::parse(Some(b"1 AES_CM_128_HMAC_SHA1_80 inline:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB|1:4 FEC_KEY=inline:AQEB")).unwrap();
    let key = line.keys().next().unwrap().unwrap();
    let own = key.decode(CryptoSuite::AesCm128HmacSha1_80).unwrap();
    let printed = format!("{line:?} {key:?} {own:?}");
    assert!(printed.contains("Crypto { tag: 1, suite: \"AES_CM_128_HMAC_SHA1_80\""), "{printed}");
    assert!(!printed.contains("AQEB") && !printed.contains("1, 1"), "{printed}");
}

/// ICE, DTLS and whatever else stay byte for byte, and can be read as they stand.
#[test]
fn what_is_only_carried() {
    let text = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=ice-lite\r\n\
                m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:F7gI\r\na=ice-pwd:x9cml/YzichV2+XlhiMu8g\r\n\
                a=candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host\r\na=setup:actpass\r\n\
                a=fingerprint:sha-256 19:E2:1C\r\na=mid:0\r\na=rtcp-mux\r\na=ssrc:7 cname:x\r\n";
    let sdp = SessionDescription::parse(text.as_bytes()).unwrap();
    assert_eq!(sdp.as_bytes(), text.as_bytes());
    let group = sdp.attributes().first::<Group<'_>>().unwrap().unwrap();
    assert_eq!(group.tags().collect::<Vec<_>>(), ["0"]);
    let audio = sdp.audio().unwrap();
    let value = |name: &str| audio.attribute(name).unwrap().to_str().unwrap();
    assert_eq!(value("ice-ufrag"), "F7gI");
    assert_eq!(value("ice-pwd"), "x9cml/YzichV2+XlhiMu8g");
    assert_eq!(value("candidate"), "1 1 UDP 2130706431 203.0.113.141 8998 typ host");
    assert_eq!((value("setup"), value("fingerprint")), ("actpass", "sha-256 19:E2:1C"));
    assert!(audio.is_rtcp_mux());
    assert_eq!(audio.attributes().first::<Mid<'_>>().unwrap().unwrap().tag(), "0");
    assert_eq!(audio.attributes().all::<Ssrc<'_>>().count(), 1);
    assert_eq!(audio.attributes().first::<Ptime>(), Ok(None));
}

/// A description with one key line of ours.
fn offer_with_key(suite: CryptoSuite, byte: u8) -> SessionDescription {
    let local = LocalMedia { address: "192.0.2.1".parse().unwrap(), port: 20_000 };
    let origin = Origin::new(1, 1, local.address);
    let policy = SrtpPolicy { mode: SrtpMode::Required, suites: vec![suite] };
    let mut fill = |room: &mut [u8]| room.fill(byte);
    Party::new(&CodecPolicy::default(), &local, &origin).secured(&policy, &mut fill).offer()
}

fn reads_back<'a, T: TypedAttribute<'a> + PartialEq + Debug>(attribute: &T, text: &'a str) {
    assert_eq!(T::parse(Some(text.as_bytes())).as_ref(), Ok(attribute), "{text}");
}

proptest! {
    /// parse(write(x)) = x.
    #[test]
    fn written_attributes_read_back(
        number in 0..128u8, token in "[A-Za-z0-9.!+-]{1,12}", rate in 1..u32::MAX, channels in 1..255u8,
        text in "[ -~]{1,40}", events in any::<(u128, u128)>(), ms in 1..u16::MAX, port in any::<u16>(),
        ip in any::<std::net::IpAddr>(), id in any::<u32>(), tag in 0..1_000_000_000u32,
        suite in prop::sample::select(CryptoSuite::ALL.to_vec()), byte in any::<u8>(),
    ) {
        let map = RtpMap::new(number, &token, rate, channels).unwrap();
        reads_back(&map, &written(&map));
        let text = text.trim();
        if let Some(fmtp) = Fmtp::new(&token, text) {
            reads_back(&fmtp, &written(&fmtp));
        }
        let mut list = TelephoneEvents::default();
        (0..=255u8).filter(|e| if *e < 128 { events.0 >> e & 1 == 1 } else { events.1 >> (e - 128) & 1 == 1 })
            .for_each(|event| list.insert(event));
        if !list.is_empty() {
            prop_assert_eq!(TelephoneEvents::parse(&list.to_string()), Ok(list));
        }
        let ms = NonZeroU16::new(ms).unwrap();
        reads_back(&Ptime(ms), &written(&Ptime(ms)));
        reads_back(&MaxPtime(ms), &written(&MaxPtime(ms)));
        for address in [None, Some(Address::Ip(ip))] {
            let rtcp = Rtcp { port, address };
            reads_back(&rtcp, &written(&rtcp));
        }
        let mid = Mid::new(&token).unwrap();
        reads_back(&mid, &written(&mid));
        let tags = [&token[..], "x"].join(" ");
        let group = Group::new(&token, &tags).unwrap();
        reads_back(&group, &written(&group));
        let ssrc = Ssrc::new(id, &token, Some(text.as_bytes())).unwrap();
        reads_back(&ssrc, &written(&ssrc));
        let offer = offer_with_key(suite, byte);
        let line = offer.audio().unwrap().attributes().first::<Crypto<'_>>().unwrap().unwrap();
        let key = SrtpKey::generate(suite, &mut |room| room.fill(byte));
        prop_assert_eq!(line.usable_key(), Some(key));
        let tagged = format!("{tag} {}", written(&line).split_once(' ').unwrap().1);
        prop_assert_eq!(Crypto::parse(Some(tagged.as_bytes())).unwrap().tag(), tag);
        reads_back(&line, &written(&line));
    }

    /// Nothing panics, whatever the value.
    #[test]
    fn noise_is_read_or_refused(value in prop::collection::vec(any::<u8>(), 0..60)) {
        let value = Some(&value[..]);
        let _ = (RtpMap::parse(value), Fmtp::parse(value), Ptime::parse(value), Rtcp::parse(value));
        let _ = (Mid::parse(value), Group::parse(value), Ssrc::parse(value));
        if let Ok(line) = Crypto::parse(value) {
            let _ = (line.usable_key(), line.keys().count());
        }
    }
}
