//! Whatever a file holds, reading it ends, with findings that fit on a line.

use std::io;
use std::path::Path;

use proptest::prelude::*;
use siptrunk_profiles::{Config, Five9, Generic, Listen, MediaPorts, Route};

fn judge(text: &str) {
    let environment = |_: &str| None;
    let no_files = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let lines = text.bytes().filter(|octet| *octet == b'\n').count() + 1;
    let findings = match Config::from_toml(text, &environment, &no_files) {
        Ok((config, warnings)) => {
            let _start = config.check();
            assert!(warnings.iter().all(|finding| !finding.is_error()));
            warnings
        }
        Err(findings) => {
            assert!(findings.iter().any(siptrunk_profiles::Finding::is_error));
            findings
        }
    };
    for finding in findings {
        assert!(!finding.to_string().contains(char::is_control), "{finding:?}");
        assert!(finding.line.is_none_or(|line| (1..=lines).contains(&line)), "{finding}");
    }
}

/// Lines that look like ours, in any order and with any value.
fn line() -> impl Strategy<Value = String> {
    let header = prop::sample::select(vec![
        "[[listen]]",
        "[media]",
        "[[trunk]]",
        "[[route]]",
        "[trunk]",
        "[trunk.inbound]",
        "[trunk.outbound]",
        "[trunk.headers]",
        "[trunk.caller_id]",
        "[trunk.inbound.vendor_token]",
        "[[trunk.inbound]]",
        "[trunk.inbound.digest]",
    ]);
    let key = prop::sample::select(vec![
        "transport",
        "bind",
        "advertise",
        "ports",
        "name",
        "profile",
        "kind",
        "region",
        "hosts",
        "numbers",
        "max_calls",
        "hand_back",
        "allow",
        "digest",
        "registrar",
        "username",
        "password",
        "password_env",
        "password_file",
        "register",
        "register_expires",
        "minimum_algorithm",
        "termination_uri",
        "from",
        "dialed",
        "prefix",
        "to",
        "reject",
        "failover",
        "when",
        "codecs",
        "srtp",
        "full",
        "data_centre",
        "unknown_source",
        "shutdown_seconds",
        "bye_limit",
        "internal",
        "inbound",
        "outbound",
        "outbound_proxy",
        "takes_tcp",
        "calls_per_second",
        "return_number",
        "trusted",
        "number_form_in",
        "keep_alive",
        "keep_alive_seconds",
        "health",
        "health_seconds",
        "down_after",
        "up_after",
        "vendor_token",
        "header",
        "value_env",
        "methods",
        "verify_source",
        "asserted",
        "\"\"",
    ]);
    let value = prop_oneof![
        prop::sample::select(vec![
            "\"udp\"",
            "\"tls\"",
            "\"five9\"",
            "\"synthflow\"",
            "\"partner\"",
            "\"us\"",
            "\"0.0.0.0:5060\"",
            "\"0-65535\"",
            "\"9-3\"",
            "\"sip:sip.synthflow.ai\"",
            "[\"a\", 1, {}]",
            "{ username = \"u\" }",
            "true",
            "0",
            "-1",
            "0xffff_ffff_ffff",
            "1e400",
            "nan",
            "1979-05-27",
            "[]",
            "{}",
            "\"\"",
            "[\"0.0.0.0/0\"]",
            "\"published\"",
            "[[[]]]",
            "\"\\u0000\"",
        ])
        .prop_map(str::to_owned),
        any::<String>().prop_map(|text| format!("{text:?}")),
    ];
    prop_oneof![
        2 => header.prop_map(str::to_owned),
        8 => (key, value).prop_map(|(key, value)| format!("{key} = {value}")),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text(text in any::<String>()) {
        judge(&text);
    }

    #[test]
    fn arbitrary_octets(octets in prop::collection::vec(any::<u8>(), 0..512)) {
        judge(&String::from_utf8_lossy(&octets));
    }

    #[test]
    fn text_that_looks_like_ours(lines in prop::collection::vec(line(), 0..40)) {
        judge(&lines.join("\n"));
    }

    #[test]
    fn a_good_file_with_something_cut_out_or_put_in(
        start in 0usize..2_000, length in 0usize..60, put in any::<String>(),
    ) {
        let good = include_str!("data/loopback.toml");
        let cut = |at: usize| (at.min(good.len())..=good.len()).find(|at| good.is_char_boundary(*at));
        let (start, end) = (cut(start).unwrap_or(0), cut(start + length).unwrap_or(0));
        judge(&format!("{}{put}{}", &good[..start], &good[end..]));
    }

    #[test]
    fn builders_take_any_text(text in any::<String>(), low in any::<u16>(), high in any::<u16>()) {
        let config = Config::default()
            .listen(Listen::udp(&text).advertise(&text))
            .media(MediaPorts::range(&text, low..=high).advertise(&text))
            .trunk(Five9::partner(&text).allow(&text).number(text.clone()).outbound_proxy(&text))
            .trunk(Generic::trunk(&text, &text).termination_uri(text.clone()).media_allow(&text))
            .route(Route::from(text.clone()).prefix(text.clone()).to(text.clone()).reject(low))
            .route(Route::from(text.clone()).prefix(text.clone()).to(text.clone()).reject(high));
        for finding in config.check().unwrap_or_else(|findings| findings) {
            prop_assert!(finding.line.is_none());
            prop_assert!(!finding.to_string().contains(char::is_control), "{finding:?}");
        }
    }
}
