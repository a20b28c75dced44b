//! The examples as a shell meets them: their arguments, their exit statuses, and the signals.
#![cfg(unix)]

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const OPTIONS: &[u8] = b"OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nX-Odd: \xff\r\n\r\n";

/// `cargo test` builds the examples beside the tests.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    Command::new(test.parent().unwrap().parent().unwrap().join("examples").join(name))
}

fn file(name: impl AsRef<Path>, octets: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, octets).unwrap();
    path
}

/// A file name that is no text.
fn odd_name() -> &'static OsStr {
    OsStr::from_bytes(b"odd-\xff.sip")
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

fn line(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

#[test]
fn arguments_that_are_no_text_are_wrong_arguments_and_no_panic() {
    for name in ["bridge", "check_config", "explain", "gateway", "load", "parse", "verify"] {
        let output = example(name).arg(OsStr::from_bytes(b"--\xff")).output().unwrap();
        assert_eq!(status(&output), 2, "{name}: {output:?}");
    }
}

#[test]
fn a_gateway_file_and_a_message_may_have_any_name() {
    let path = file(odd_name(), OPTIONS);
    let output = example("parse").arg(&path).output().unwrap();
    assert_eq!(status(&output), 0, "{output:?}");
    assert_eq!(line(&output)["headers"][0]["value_base64"], "/w==");
    let output = example("gateway").arg("--config").arg(&path).output().unwrap();
    assert_eq!(status(&output), 2, "{output:?}");
}

#[test]
fn parse_reads_no_more_than_a_message_can_have() {
    let output = example("parse").arg("/dev/zero").output().unwrap();
    assert_eq!(status(&output), 1, "{output:?}");
    assert_eq!(line(&output)["error"]["kind"], "too-large");
}

#[test]
fn parse_tells_standard_input_failures_and_missing_files_apart() {
    let mut child = example("parse")
        .args(["-", "--validate"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(OPTIONS).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(status(&output), 0);
    assert_eq!(line(&output)["reject"]["status"], 400);

    let cut_off = file("cut-off.sip", &OPTIONS[..40]);
    assert_eq!(status(&example("parse").arg(&cut_off).output().unwrap()), 1);
    assert_eq!(status(&example("parse").arg("not-there.sip").output().unwrap()), 2);
    assert_eq!(status(&example("parse").output().unwrap()), 2);

    // What cannot be read does not keep the rest from being described.
    let output = example("parse").arg("not-there.sip").arg(&cut_off).output().unwrap();
    assert_eq!((status(&output), &line(&output)["ok"]), (2, &false.into()));
}

#[test]
fn an_invite_at_its_last_hop_is_refused_as_a_bridge_does() {
    for (method, expected) in [("INVITE", serde_json::json!(483)), ("OPTIONS", None::<u16>.into())]
    {
        let text = format!(
            "{method} sip:b@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bK1\r\n\
             From: <sip:a@127.0.0.2>;tag=1\r\nTo: <sip:b@127.0.0.1>\r\nCall-ID: x\r\n\
             CSeq: 1 {method}\r\nMax-Forwards: 0\r\nContact: <sip:a@127.0.0.2>\r\n\r\n"
        );
        let path = file(format!("{method}.sip"), text.as_bytes());
        let output = example("parse").arg("--validate").arg(&path).output().unwrap();
        assert_eq!((status(&output), &line(&output)["reject"]["status"]), (0, &expected));
    }
}

/// Whoever starts a gateway waits for its first line, and may tell it to stop in the same moment.
#[test]
fn a_gateway_stops_in_order_however_early_it_is_told_to() {
    let config = include_str!("../config/loopback.toml")
        .replace("127.0.1.1:5060", "127.0.1.1:0")
        .replace("20000-21999", "22000-22099");
    let config = file("stops.toml", config.as_bytes());
    for round in 0..30 {
        let mut gateway = example("gateway")
            .arg("--config")
            .arg(&config)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(gateway.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        assert!(first.starts_with("listening on 127.0.1.1:"), "{first}");
        let name = if round % 2 == 0 { "TERM" } else { "INT" };
        send(name, gateway.id());
        let last = lines.last().expect("it says that it stops").unwrap();
        assert_eq!((gateway.wait().unwrap().code(), last.as_str()), (Some(0), "stopped"));
    }
}

#[test]
fn a_load_counts_its_calls_and_their_packets() {
    let output = example("load")
        .args(["--rate", "20", "--duration", "0.5", "--hold", "0.3", "--media", "--json"])
        .output()
        .unwrap();
    assert_eq!(status(&output), 0, "{output:?}");
    let figures = line(&output);
    assert_eq!((&figures["begun"], &figures["ended"]), (&10.into(), &10.into()));
    assert_eq!(
        (&figures["packets_missing"], &figures["gateway_calls_left"]),
        (&0.into(), &0.into())
    );
    assert!(figures["packets"].as_u64() > Some(10 * 2 * 10), "{figures}");
    assert!(figures["gateway_ms_a_call"].as_f64() > Some(0.0), "{figures}");
}

/// A command with the passwords that the example files take from the environment.
fn with_secrets(name: &str) -> Command {
    let mut command = example(name);
    for variable in ["SYNTHFLOW_SECRET", "FIVE9_SECRET", "FIVE9_IN", "FIVE9_OUT"] {
        command.env(variable, "secret");
    }
    command
}

fn configurations() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|kind| kind == "toml")).collect()
}

#[test]
fn a_gateway_would_start_with_each_example_file() {
    let files = configurations();
    assert!(files.len() >= 9, "{files:?}");
    let output = with_secrets("check_config").args(&files).output().unwrap();
    assert_eq!(status(&output), 0, "{}", String::from_utf8_lossy(&output.stdout));
    for file in &files {
        let output = with_secrets("verify").arg("--offline").arg("--config").arg(file).output();
        assert_eq!(status(&output.unwrap()), 0, "{file:?}");
    }
}

#[test]
fn check_config_tells_every_problem_for_people_and_for_programs() {
    let config = include_str!("../config/loopback.toml")
        .replace("profile = \"five9\"", "profile = \"fiver\"");
    let path = file("wrong.toml", config.as_bytes());
    let output = example("check_config").arg(&path).output().unwrap();
    assert_eq!(status(&output), 1, "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("fiver"), "{output:?}");
    let output = example("check_config").arg("--json").arg(&path).output().unwrap();
    let findings = line(&output);
    assert_eq!(findings[0]["severity"], "error", "{findings}");
    assert!(findings[0]["line"].is_u64(), "{findings}");
    assert_eq!(status(&example("check_config").arg("not-there.toml").output().unwrap()), 2);
    assert_eq!(status(&example("check_config").output().unwrap()), 2);
}

#[test]
fn explain_tells_the_route_of_a_call_and_why() {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/route-by-skill.toml");
    let invite = |skill: &str| {
        let text = format!(
            "INVITE sip:+12065551234@203.0.113.7 SIP/2.0\r\n\
             Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1\r\nFrom: <sip:+14155550123@a>;tag=1\r\n\
             To: <sip:+12065551234@b>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n\
             Contact: <sip:a@198.51.100.7>\r\nX-CallSkill: {skill}\r\n\r\n"
        );
        file(format!("{skill}.sip"), text.as_bytes())
    };
    let explain = |words: &[&OsStr]| {
        let output = with_secrets("explain").arg("--config").arg(&config).args(words).output();
        output.unwrap()
    };
    let path = invite("sales");
    let output = explain(&[path.as_os_str()]);
    assert_eq!(status(&output), 0, "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("all other skills") && text.contains("synthflow"), "{text}");
    let output = explain(&[path.as_os_str(), OsStr::new("--json")]);
    assert!(line(&output)["judged"].is_array(), "{output:?}");
    let output = explain(&[path.as_os_str(), OsStr::new("--from"), OsStr::new("nobody")]);
    assert_eq!(status(&output), 1, "{output:?}");
}

/// The shell's own kill: the program of that name is not on every machine.
fn send(signal: &str, to: u32) {
    let kill = format!("kill -{signal} {to}");
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

#[test]
fn a_gateway_reads_its_routes_again_when_it_is_told_to() {
    let config = include_str!("../config/loopback.toml")
        .replace("127.0.1.1:5060", "127.0.1.1:0")
        .replace("20000-21999", "22100-22199");
    let path = file("reloads.toml", config.as_bytes());
    let mut gateway = example("gateway")
        .arg("--config")
        .arg(&path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(gateway.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().starts_with("listening on"));
    send("HUP", gateway.id());
    assert_eq!(lines.next().unwrap(), "SIGHUP: routes read again");
    assert_eq!(lines.next().unwrap(), "SIGHUP: certificates read again");
    file("reloads.toml", b"[[route]]\nfrom = 7\n");
    send("HUP", gateway.id());
    assert_eq!(lines.next().unwrap(), "SIGHUP: certificates read again", "and no word of routes");
    send("TERM", gateway.id());
    assert_eq!(lines.last().unwrap(), "stopped");
    let output = gateway.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("SIGHUP: routes stay as they are"), "{told}");
}
