//! Files that are wrong: every problem at once, each with the right line, field and remedy.

use std::io;
use std::path::Path;

use siptrunk_profiles::{AuthoritySource, CertificateSource, Config, Finding, Surroundings};
use siptrunk_xei::OriginalSource;

fn read(text: &str) -> Result<(Config, Vec<Finding>), Vec<Finding>> {
    let environment = |name: &str| (name == "SET").then(|| "hunter2".to_owned());
    let read_file = |path: &Path| match path.to_str() {
        Some("/secret") => Ok("hunter3\n".to_owned()),
        Some("/empty") => Ok("\n".to_owned()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    Config::from_toml(text, &environment, &read_file)
}

/// `(line, code, field)` of every finding, errors and warnings alike.
fn findings(text: &str) -> Vec<(usize, &'static str, String)> {
    let findings = match read(text) {
        Ok((_, warnings)) => warnings,
        Err(findings) => findings,
    };
    findings
        .into_iter()
        .map(|finding| (finding.line.unwrap_or(0), finding.code, finding.field))
        .collect()
}

fn expect(text: &str, expected: &[(usize, &'static str, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(line, code, field)| (*line, *code, (*field).to_owned())).collect();
    assert_eq!(findings(text), expected);
}

/// A file without any finding, 35 lines long; tests put something below it or change a line.
const GOOD: &str = r#"[[listen]]
transport = "udp"
bind = "0.0.0.0:5060"
advertise = "203.0.113.7:5060"

[media]
bind = "0.0.0.0"
advertise = "203.0.113.7"
ports = "20000-29999"

[[trunk]]
name = "five9"
profile = "five9"
kind = "self-service"
hosts = ["gw.five9.example:5060"]
numbers = ["+12065550100"]
max_calls = 100
hand_back = "bye"

[[trunk]]
name = "synthflow"
profile = "synthflow"
region = "us"
numbers = ["+12065551234"]
[trunk.outbound]
username = "agent"
password_env = "SET"

[[route]]
from = "five9"
dialed = "+12065551234"
to = ["synthflow"]
[[route]]
from = "synthflow"
to = ["five9"]
"#;

/// [`GOOD`] with one line (from 1) in place of another.
fn with_line(line: usize, text: &str) -> String {
    let mut lines: Vec<_> = GOOD.lines().collect();
    lines[line - 1] = text;
    lines.join("\n") + "\n"
}

#[test]
fn a_good_file_has_no_finding_and_starts() {
    let (config, warnings) = read(GOOD).expect("a good file");
    assert_eq!(warnings, []);
    assert_eq!(config.check(), Ok(Vec::new()));
}

#[test]
fn a_file_with_many_problems_tells_them_all() {
    let text = r#"shutdown_second = 5
unknown_source = "ignore"

[[listen]]
transport = "utp"
bind = "0.0.0.0"
avertise = "203.0.113.7"

[media]
bind = "0.0.0.0"
advertise = "here"
ports = "20000:29999"

[[trunk]]
name = "five9"
profile = "five9"
kind = "partner"
hosts = ["208.69.29.18", "sip synthflow ai"]
transport = "udp"
max_calls = "100"
hand_back = "invite"
codecs = ["PCMU", "opus", "speex"]
trunk_pwd = "hunter1"

[trunk.inbound]
allow = [
  "198.51.100.0/24",
  "198.51.100.0/99",
]

[[trunk]]
name = "synthflow"
profile = "synthflow"
region = "apac"
hosts = ["sip.eu.synthflow.ai:32682"]
termination_uri = "sip:sip.synthflow.ai:32681"
[trunk.outbound]
username = 7
password_env = "UNSET"
register_expires = 30

[[route]]
from = "five8"
dialed = "+12065551234"
to = ["synthflow"]
reject = 700
"#;
    expect(
        text,
        &[
            (1, "C002", "shutdown_second"),
            (2, "C005", "unknown_source"),
            (5, "C005", "listen[0].transport"),
            (6, "C005", "listen[0].bind"),
            (7, "C002", "listen[0].avertise"),
            (11, "C005", "media.advertise"),
            (12, "C005", "media.ports"),
            (18, "C005", "trunk[five9].hosts[1]"),
            (19, "P042", "trunk[five9].transport"),
            (20, "C003", "trunk[five9].max_calls"),
            (21, "P046", "trunk[five9].hand_back"),
            (22, "C005", "trunk[five9].codecs"),
            (23, "C002", "trunk[five9].trunk_pwd"),
            (28, "C005", "trunk[five9].inbound.allow[1]"),
            (34, "C005", "trunk[synthflow].region"),
            (35, "P054", "trunk[synthflow].hosts"),
            (36, "P050", "trunk[synthflow].termination_uri"),
            (38, "C003", "trunk[synthflow].outbound.username"),
            (39, "C006", "trunk[synthflow].outbound.password_env"),
            (40, "P034", "trunk[synthflow].outbound.register_expires"),
            (43, "P060", "route[0].from"),
            (46, "C009", "route[0].reject"),
        ],
    );
}

#[test]
fn a_mistyped_value_is_not_judged_as_the_default_that_stands_in_for_it() {
    let text = "[[trunk]]\nname = \"five9\"\nprofile = \"five9\"\nhand_back = \"by\"\n";
    let Err(findings) = read(text) else { panic!("the file is wrong") };
    let codes: Vec<_> = findings.iter().filter(|f| f.line == Some(4)).map(|f| f.code).collect();
    assert_eq!(codes, ["C005"]);
}

#[test]
fn every_finding_is_one_line_with_reason_and_remedy() {
    let Err(findings) = read("[[trunk]]\nprofile = \"five9\"\nmax_call = 3\nkind = \"partnr\"\n")
    else {
        panic!("the file is wrong");
    };
    for finding in &findings {
        assert!(!finding.reason.is_empty() && !finding.remedy.is_empty(), "{finding:?}");
        assert_eq!(finding.to_string().lines().count(), 1, "{finding}");
    }
    let told =
        |code: &str| findings.iter().find(|finding| finding.code == code).map(ToString::to_string);
    assert_eq!(
        told("C002").as_deref(),
        Some("error C002 line 3: trunk[five9].max_call: unknown key; did you mean max_calls?")
    );
    assert_eq!(
        told("C005").as_deref(),
        Some(
            "error C005 line 4: trunk[five9].kind = partnr: not one of its values; did you mean partner?; \
             write one of self-service, partner"
        )
    );
}

#[test]
fn missing_keys_are_told_at_the_table() {
    expect(
        "[[listen]]\n[media]\n[[trunk]]\nname = \"a\"\n[[trunk]]\nname = \"b\"\nprofile = \"five9\"\n",
        &[
            (0, "P064", "route"),
            (1, "C004", "listen[0].bind"),
            (2, "C004", "media.bind"),
            (2, "C004", "media.ports"),
            (3, "C004", "trunk[a].profile"),
            (3, "P023", "trunk[a].hosts"),
            (5, "C004", "trunk[b].kind"),
            (5, "P023", "trunk[b].hosts"),
            (5, "P048", "trunk[b].return_number"),
        ],
    );
}

#[test]
fn wrong_types_are_told_and_passed_over() {
    expect(&with_line(3, "bind = 5060"), &[(3, "C003", "listen[0].bind")]);
    expect(
        &with_line(15, "hosts = [\"gw.five9.example\", 5060]"),
        &[(15, "C003", "trunk[five9].hosts")],
    );
    expect(&with_line(15, "hosts = 5060"), &[(15, "C003", "trunk[five9].hosts")]);
    expect(&with_line(17, "max_calls = 1.5"), &[(17, "C003", "trunk[five9].max_calls")]);
    expect(&with_line(17, "max_calls = -1"), &[(17, "C005", "trunk[five9].max_calls")]);
    expect(
        &with_line(17, "max_calls = 99999999999999999999"),
        &[(17, "C005", "trunk[five9].max_calls")],
    );
    expect(&with_line(17, "nat = \"yes\""), &[(17, "C003", "trunk[five9].nat")]);
    expect(&with_line(17, "inbound = 1979-05-27"), &[(17, "C003", "trunk[five9].inbound")]);
    expect(
        "listen = 1\nmedia = []\ntrunk = [1]\n",
        &[
            (0, "P064", "route"),
            (1, "C003", "listen"),
            (2, "C003", "media"),
            (3, "C003", "trunk[0]"),
        ],
    );
}

#[test]
fn one_table_where_a_list_belongs_is_read_all_the_same() {
    let text = GOOD.replacen("[[listen]]", "[listen]", 1);
    expect(&text, &[(1, "C003", "listen")]);
    let text = GOOD.replacen("[media]", "[[media]]", 1);
    expect(&text, &[(6, "C003", "media")]);
}

#[test]
fn names_of_synthflows_form_are_told_ours() {
    for (name, ours) in [
        ("phone_number", "numbers"),
        ("provider_name", "profile"),
        ("sip_outbound_proxy", "outbound_proxy"),
        ("trunk_username", "username"),
        ("trunk_pwd", "password_env"),
        ("sip_auth_username", "username"),
        ("uac_enabled", "registrar"),
        ("uac_register_expires", "register_expires"),
    ] {
        let text = with_line(23, &format!("region = \"us\"\n{name} = 1"));
        let Err(findings) = read(&text) else { panic!("{name} is not ours") };
        assert_eq!(findings.len(), 1, "{findings:?}");
        let finding = &findings[0];
        assert_eq!((finding.code, finding.line), ("C002", Some(24)), "{finding}");
        assert!(finding.remedy.contains(ours), "{finding}");
    }
}

#[test]
fn a_source_of_the_original_caller_is_one_of_three_words() {
    let text = with_line(23, "region = \"us\"\nheaders.original = [\"diversion\", \"O.\"]");
    let Err(findings) = read(&text) else { panic!("there is no such source") };
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].code, findings[0].line), ("C005", Some(24)), "{}", findings[0]);
    assert!(findings[0].to_string().contains("`token`, `diversion` or `x-diversion`"));
}

#[test]
fn keys_of_another_table_are_told_theirs() {
    for (key, home) in [
        ("allow", "[trunk.inbound]"),
        ("password_env", "[trunk.outbound]"),
        ("bye_limit", "[trunk.headers]"),
        ("shutdown_seconds", "top of the file"),
    ] {
        let Err(findings) = read(&with_line(16, &format!("{key} = 1"))) else {
            panic!("{key} does not belong here");
        };
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((findings[0].code, findings[0].line), ("C002", Some(16)));
        assert!(findings[0].remedy.contains(home), "{}", findings[0]);
    }
}

#[test]
fn fields_of_another_profile_are_refused() {
    expect(
        &with_line(14, "kind = \"self-service\"\nregion = \"us\""),
        &[(15, "C009", "trunk[five9].region")],
    );
    expect(
        &with_line(23, "region = \"us\"\nkind = \"partner\""),
        &[(24, "C009", "trunk[synthflow].kind")],
    );
    expect(
        &with_line(15, "data_centre = \"FRK\"\nhosts = [\"gw.five9.example\"]"),
        &[(15, "C009", "trunk[five9].data_centre")],
    );
}

#[test]
fn a_password_in_the_place_of_a_variable_s_name_is_not_repeated() {
    let shown = |name: &str| {
        let text =
            GOOD.replacen("password_env = \"SET\"", &format!("password_env = \"{name}\""), 1);
        let findings = read(&text).expect_err("there is no such variable");
        findings.iter().any(|finding| format!("{finding:?}{finding}").contains(name))
    };
    assert!(shown("UNSET"));
    assert!(!shown("hunter2"));
    assert!(!shown("S3CRET!"));
}

#[test]
fn passwords_come_from_one_place_outside_the_file() {
    let outbound = |lines: &str| GOOD.replacen("password_env = \"SET\"", lines, 1);
    let field = |key: &str| format!("trunk[synthflow].outbound.{key}");
    expect(&outbound("password_file = \"/secret\""), &[]);
    expect(&outbound("password = \"hunter1\""), &[(27, "C007", &field("password"))]);
    expect(&outbound(""), &[(25, "C004", &field("password_env"))]);
    expect(&outbound("password_env = \"UNSET\""), &[(27, "C006", &field("password_env"))]);
    expect(&outbound("password_file = \"/nowhere\""), &[(27, "C006", &field("password_file"))]);
    expect(&outbound("password_file = \"/empty\""), &[(27, "C006", &field("password_file"))]);
    expect(
        &outbound("password_env = \"SET\"\npassword_file = \"/secret\""),
        &[(27, "C006", &field("password_env"))],
    );
    let password = |text: &str| {
        let (config, _) = read(text).expect("readable");
        let outbound = config.trunk_named("synthflow").and_then(|trunk| trunk.outbound.clone());
        outbound.map(|outbound| outbound.account.password.expose().to_vec())
    };
    assert_eq!(password(GOOD).as_deref(), Some(b"hunter2".as_slice()));
    assert_eq!(
        password(&outbound("password_file = \"/secret\"")).as_deref(),
        Some(b"hunter3".as_slice()),
        "the line end of the file is no part of it"
    );
}

#[test]
fn no_password_is_ever_shown() {
    let text = format!(
        "{}\n[[trunk]]\nname = \"third\"\nprofile = \"generic\"\nhosts = [\"192.0.2.1\"]\n\
         [trunk.inbound]\ndigest = {{ username = \"u\", password = \"hunter1\" }}\n",
        GOOD.replacen("password_env = \"SET\"", "password_env = \"SET\"\nregister = true", 1)
    );
    let (config, warnings) = read(&text).expect("readable");
    let wrong = read(&text.replacen("max_calls = 100", "max_calls = 0\nbogus = 1", 1));
    let shown = format!("{config:?} {config:#?} {warnings:?} {wrong:?}");
    assert!(!shown.contains("hunter"), "{shown}");
    let misplaced = read(&with_line(23, "region = \"us\"\ntrunk_pwd = \"hunter1\""));
    assert!(!format!("{misplaced:?}").contains("hunter"));
}

#[test]
fn what_is_not_toml_is_told_with_its_line_and_the_rest_is_read() {
    let text = "[[listen]\nbind = \"0.0.0.0:5060\"\n[media]\nports = \n[[trunk]]\nnaem = \"x\"\nmax_calls = \"x\"\n";
    let findings = findings(text);
    let lines = |code: &str| -> Vec<usize> {
        findings.iter().filter(|finding| finding.1 == code).map(|finding| finding.0).collect()
    };
    assert_eq!(lines("C001"), [1, 4], "{findings:?}");
    assert!(lines("C002").contains(&6), "{findings:?}");
    assert!(lines("C003").contains(&7), "{findings:?}");
    let doubled = with_line(4, "bind = \"0.0.0.0:5061\"");
    assert_eq!(self::findings(&doubled)[0].1, "C001", "a key that stands twice");
}

#[test]
fn the_whole_grammar_is_read_and_what_is_not_built_is_refused_at_start() {
    let text = r#"
unknown_source = "silence"
shutdown_seconds = 30
[[listen]]
transport = "udp"
bind = "203.0.113.7:5060"
[[listen]]
transport = "tls"
bind = "203.0.113.7:5061"
certificate = "chain.pem"
private_key = "key.pem"
client_ca = "clients.pem"
[media]
bind = "203.0.113.7"
ports = "20000-29999"
[[trunk]]
name = "partner"
profile = "five9"
kind = "partner"
data_centre = "frk"
srtp = "optional"
tls_name = "sbc.five9.example"
tls_ca = "authority.pem"
tls_pin = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
danger_accept_wildcard = true
[[trunk]]
name = "pbx"
profile = "generic"
hosts = ["pbx.example:5080", "[2001:db8::1]:5080"]
transport = "udp"
numbers = "100"
number_form = "verbatim"
full = 480
first_response_ms = 2500
hand_back = "refer"
nat = true
trusted = true
media_allow = ["192.0.2.0/24"]
codecs = ["PCMA", "telephone-event"]
telephone_event = 96
ptime = 30
[trunk.inbound]
allow = "198.51.100.0/24"
registrar = true
digest = { username = "pbx", password_env = "SET" }
[trunk.headers]
custom = true
xei = true
diversion = true
bye_limit = 5
internal = ["X-Ours-"]
call_id_names = ["X-Their-Id"]
original = ["x-diversion", "token"]
[[route]]
from = "pbx"
prefix = "1"
to = ["partner", "pbx"]
failover = [503, 504]
dial = "100"
when = "business hours"
[[route]]
reject = 404
[[schedule]]
name = "business hours"
zone = "Europe/Berlin"
hours = "Mon-Fri 09:00-17:00"
"#;
    let (config, warnings) = read(text).expect("all of it is known");
    assert_eq!(warnings, []);
    let refused = config.check().expect_err("parts of it are not built");
    let codes: Vec<_> = refused.iter().map(|finding| finding.code).collect();
    for code in ["N006", "N008"] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    assert!(refused.iter().all(|finding| finding.line.is_some()), "{refused:?}");

    let pbx = config.trunk_named("pbx").expect("it is there");
    assert_eq!(pbx.hosts[1].to_string(), "[2001:db8::1]:5080");
    assert_eq!(pbx.numbers, ["100"]);
    assert_eq!(pbx.full.status().code(), 480);
    assert_eq!(pbx.first_response.as_millis(), 2_500);
    assert_eq!(pbx.codecs.telephone_event, Some(96));
    assert_eq!(pbx.codecs.ptime, Some(30));
    assert_eq!(pbx.header_policy.bye_limit, Some(5));
    let original = [OriginalSource::XDiversion, OriginalSource::Token];
    assert_eq!(pbx.header_policy.original, original);
    assert!(pbx.header_policy.passes(siptrunk_profiles::Moment::Invite, b"X-Siptrunk-Node"));
    let partner = config.trunk_named("partner").expect("it is there");
    assert_eq!(partner.hosts[0].to_string(), "185.111.41.18:5061");
    assert_eq!(partner.tls.name.as_deref(), Some("sbc.five9.example"));
    assert_eq!(partner.tls.ca, Some(AuthoritySource::File("authority.pem".into())));
    assert!(partner.tls.danger_accept_wildcard);
    let (chain, key) = ("chain.pem".into(), "key.pem".into());
    let tls = &config.listen[1];
    assert_eq!(tls.certificate, Some(CertificateSource::Files { chain, key }));
    assert_eq!(tls.client_ca, Some(AuthoritySource::File("clients.pem".into())));
    let moved = config.clone().relative_to(Path::new("/etc/siptrunk"));
    let (chain, key) = ("/etc/siptrunk/chain.pem".into(), "/etc/siptrunk/key.pem".into());
    assert_eq!(moved.listen[1].certificate, Some(CertificateSource::Files { chain, key }));
    let authorities = |path: &str| Some(AuthoritySource::File(path.into()));
    assert_eq!(moved.listen[1].client_ca, authorities("/etc/siptrunk/clients.pem"));
    let partner_ca = &moved.trunk_named("partner").expect("it is there").tls.ca;
    assert_eq!(*partner_ca, authorities("/etc/siptrunk/authority.pem"));
    assert_eq!(config.routes[0].failover.len(), 2);
    assert_eq!(config.routes[0].dial.as_deref(), Some("100"));
    assert_eq!(config.shutdown_seconds, 30);
}

#[test]
fn a_file_beyond_the_limits_is_refused() {
    let long = format!("# {}\n", "x".repeat(1 << 20));
    assert_eq!(findings(&long), [(0, "C008", "file".to_owned())]);
    let many = format!("{GOOD}{}", "[[trunk]]\n".repeat(1_000));
    assert!(findings(&many).contains(&(11, "C008", "trunk".to_owned())));
    let wide = with_line(16, &format!("numbers = [{}]", "\"+1\",".repeat(1_001)));
    assert!(findings(&wide).contains(&(16, "C008", "trunk[five9].numbers".to_owned())));
    let deep = format!("a = {}1{}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(findings(&deep).iter().any(|finding| finding.1 == "C001"));
}

#[test]
fn secrets_in_files_that_others_may_read_are_told() {
    let environment = |_: &str| None;
    let read_file = |_: &Path| Ok("hunter3\n".to_owned());
    let mut surroundings = Surroundings::new(&environment, &read_file);
    surroundings.file = Some(Path::new("gateway.toml"));
    let found = |text: &str, surroundings: &Surroundings<'_>| {
        let (_, warnings) = Config::from_toml_with(text, surroundings).expect("it starts");
        warnings.into_iter().map(|finding| (finding.line, finding.code)).collect::<Vec<_>>()
    };
    let in_file = with_line(27, "password_file = \"/secret\"");
    let plain = with_line(27, "password = \"hunter2\"");
    assert_eq!(found(&in_file, &surroundings), []);
    assert_eq!(found(&plain, &surroundings), [(Some(27), "C007")]);
    let secret = |path: &Path| path == Path::new("/secret");
    surroundings.readable_by_others = &secret;
    assert_eq!(found(&in_file, &surroundings), [(Some(27), "C010")]);
    assert_eq!(found(&plain, &surroundings), [(Some(27), "C007")]);
    let itself = |path: &Path| path == Path::new("gateway.toml");
    surroundings.readable_by_others = &itself;
    assert_eq!(found(&in_file, &surroundings), []);
    assert_eq!(found(&plain, &surroundings), [(Some(27), "C007"), (Some(27), "C010")]);
}

#[test]
fn a_file_of_networks_stands_in_place_of_the_known_ones() {
    let lists = "as_of = \"2027-01-15\"\n[synthflow.us]\nsignalling = [\"198.51.100.0/24\"]\n";
    let environment = |name: &str| (name == "SET").then(|| "hunter2".to_owned());
    let read_file = |path: &Path| match path.to_str() {
        Some("networks.toml") => Ok(lists.to_owned()),
        Some("broken.toml") => Ok("as_of = \"now\"".to_owned()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let mut surroundings = Surroundings::new(&environment, &read_file);
    let published = with_line(27, "password_env = \"SET\"\n[trunk.inbound]\nallow = \"published\"");
    let naming = |file: &str| format!("networks_file = \"{file}\"\n{published}");
    let (config, _) =
        Config::from_toml_with(&naming("networks.toml"), &surroundings).expect("it starts");
    let networks = config.trunks[1].published_networks().expect("they are there");
    assert_eq!(networks.signalling, ["198.51.100.0/24".parse().expect("a network")]);
    assert_eq!(config.trunks[0].networks, None, "the file says nothing of Five9");

    for file in ["missing.toml", "broken.toml"] {
        let findings =
            Config::from_toml_with(&naming(file), &surroundings).expect_err("it cannot be read");
        assert_eq!((findings[0].line, findings[0].code), (Some(1), "C011"), "{file}");
    }
    surroundings.today = Some("2027-07-15".parse().expect("a day"));
    let (_, warnings) =
        Config::from_toml_with(&naming("networks.toml"), &surroundings).expect("ok");
    assert_eq!(warnings.iter().map(|it| it.code).collect::<Vec<_>>(), ["P036"], "181 days");
}

#[test]
fn keys_that_do_nothing_by_themselves_are_told() {
    for (keys, expected) in [
        ("keep_alive_seconds = 20", Some(("C009", "keep_alive_seconds"))),
        ("keep_alive = \"options\"\nkeep_alive_seconds = 20", None),
        ("health_seconds = 20", Some(("C009", "health_seconds"))),
        ("down_after = 2", Some(("C009", "down_after"))),
        ("health = false\nup_after = 2", Some(("C009", "up_after"))),
        ("health = true\nup_after = 2", None),
        ("country_code = 44", Some(("C009", "country_code"))),
        ("number_form = \"national\"", Some(("C004", "country_code"))),
        ("number_form_in = \"national\"\ncountry_code = 998", Some(("C005", "country_code"))),
        ("number_form_in = \"national\"\ncountry_code = 44", None),
        ("[trunk.headers]\nadd = { X-A = \"{skill}\" }", Some(("C005", "headers.add"))),
        ("[trunk.headers]\nadd = { X-A = \"{caller}\" }", None),
        ("[trunk.inbound]\nverify_source = \"prack\"", Some(("N010", "inbound.verify_source"))),
        ("[trunk.caller_id]\nfrom = \"2065550100\"", Some(("P092", "caller_id.from"))),
        ("[trunk.caller_id]\nfrom = \"+12065550100\"\nasserted = \"never\"", None),
    ] {
        let found: Vec<_> =
            findings(&with_line(18, &format!("hand_back = \"bye\"\n{keys}\n[trunk.ignored]")))
                .into_iter()
                .map(|(_, code, field)| (code, field))
                .filter(|(_, field)| field != "trunk[five9].ignored")
                .collect();
        let expected: Vec<_> =
            expected.into_iter().map(|(code, key)| (code, format!("trunk[five9].{key}"))).collect();
        assert_eq!(found, expected, "{keys}");
    }
}
