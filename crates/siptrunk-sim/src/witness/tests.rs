//! Every rule fires on a wire that breaks it, and none on one that does not.

use super::*;

mod services;

const A: &str = "127.0.2.1:5060";
const B: &str = "127.0.3.1:5060";

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.2.1\r\ns=-\r\nc=IN IP4 127.0.2.1\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 0\r\n";
const ANSWER: &str = "v=0\r\no=- 9 1 IN IP4 127.0.3.1\r\ns=-\r\nc=IN IP4 127.0.3.1\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 0\r\n";

/// Builds a wire, message by message. `>` goes from caller to called, `<` back.
struct Scene {
    witness: Witness,
    now: Instant,
}

/// A message to be spoiled: first line, fields, body.
#[derive(Clone)]
struct Draft {
    line: String,
    fields: Vec<(&'static str, String)>,
    body: String,
}

impl Draft {
    fn set(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(known, _)| *known == name).expect("is there");
        value.clone_into(&mut field.1);
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| *known != name);
        self
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, value.to_owned()));
        self
    }

    fn sdp(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self.with("Content-Type", "application/sdp")
    }

    fn text(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self.with("Content-Type", "text/plain")
    }

    fn no_sdp(mut self) -> Self {
        self.body.clear();
        self.without("Content-Type")
    }

    fn line(mut self, line: &str) -> Self {
        line.clone_into(&mut self.line);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let field = |(name, value): &(&str, String)| format!("{name}: {value}\r\n");
        let mut head: String = self.fields.iter().map(field).collect();
        if !head.contains("Content-Length") {
            head.push_str(&field(&("Content-Length", self.body.len().to_string())));
        }
        format!("{}\r\n{head}\r\n{}", self.line, self.body).into_bytes()
    }
}

/// A request from the caller (tag `a`) to the called (tag `b` within the dialog).
fn request(method: &str, cseq: u32, branch: &str) -> Draft {
    let to = if matches!(method, "INVITE" | "CANCEL") { "<sip:b@x>" } else { "<sip:b@x>;tag=b" };
    Draft {
        line: format!("{method} sip:b@127.0.3.1 SIP/2.0"),
        fields: vec![
            ("Via", format!("SIP/2.0/UDP {A};branch=z9hG4bK{branch};rport")),
            ("Max-Forwards", "70".into()),
            ("From", "<sip:a@x>;tag=a".into()),
            ("To", to.into()),
            ("Call-ID", "c1".into()),
            ("CSeq", format!("{cseq} {method}")),
        ],
        body: String::new(),
    }
}

/// A request from the called to the caller.
fn request_back(method: &str, cseq: u32, branch: &str) -> Draft {
    request(method, cseq, branch)
        .line(&format!("{method} sip:a@127.0.2.1 SIP/2.0"))
        .set("Via", &format!("SIP/2.0/UDP {B};branch=z9hG4bK{branch};rport"))
        .set("From", "<sip:b@x>;tag=b")
        .set("To", "<sip:a@x>;tag=a")
}

fn invite() -> Draft {
    request("INVITE", 1, "inv").with("Contact", "<sip:a@127.0.2.1>").sdp(OFFER)
}

fn response(status: &str, to: &Draft) -> Draft {
    let mut fields = to.fields.clone();
    fields.retain(|(name, _)| matches!(*name, "Via" | "From" | "To" | "Call-ID" | "CSeq"));
    for (name, value) in &mut fields {
        if *name == "Via" {
            *value = value.replace(";rport", ";rport=5060;received=127.0.2.1");
        }
        if *name == "To" && !value.contains("tag=") && !status.starts_with("100") {
            value.push_str(";tag=b");
        }
    }
    Draft { line: format!("SIP/2.0 {status}"), fields, body: String::new() }
}

fn ok() -> Draft {
    response("200 OK", &invite()).with("Contact", "<sip:b@127.0.3.1>").sdp(ANSWER)
}

fn ack() -> Draft {
    request("ACK", 1, "ack")
}

impl Scene {
    fn new() -> Self {
        let now = Instant::now();
        Self { witness: Witness::new(now), now }
    }

    fn forth(mut self, draft: &Draft) -> Self {
        self.now += Duration::from_millis(10);
        self.witness.observe(self.now, A.parse().unwrap(), B.parse().unwrap(), &draft.bytes());
        self
    }

    fn back(mut self, draft: &Draft) -> Self {
        self.now += Duration::from_millis(10);
        self.witness.observe(self.now, B.parse().unwrap(), A.parse().unwrap(), &draft.bytes());
        self
    }

    /// INVITE, 100, 180, 200, ACK.
    fn answered() -> Self {
        Self::new()
            .forth(&invite())
            .back(&response("100 Trying", &invite()))
            .back(&response("180 Ringing", &invite()))
            .back(&ok())
            .forth(&ack())
    }

    /// The rules that were broken, each once.
    fn rules(mut self) -> Vec<Rule> {
        let mut rules: Vec<Rule> = match self.witness.finish() {
            Ok(()) => Vec::new(),
            Err(violations) => violations.iter().map(|violation| violation.rule).collect(),
        };
        rules.sort();
        rules.dedup();
        rules
    }
}

#[test]
fn a_whole_call_with_retransmissions_breaks_nothing() {
    let bye = request_back("BYE", 1, "bye");
    let scene = Scene::new()
        .forth(&invite())
        .forth(&invite())
        .back(&response("100 Trying", &invite()))
        .back(&response("180 Ringing", &invite()))
        .back(&ok())
        .back(&ok())
        .forth(&ack())
        .forth(&ack())
        .back(&bye)
        .back(&bye)
        .forth(&response("200 OK", &bye));
    assert_eq!(scene.witness.messages(), 11);
    assert_eq!(scene.rules(), []);
}

#[test]
fn a_cancelled_call_breaks_nothing() {
    let cancel = request("CANCEL", 1, "inv");
    let scene = Scene::new()
        .forth(&invite())
        .back(&response("180 Ringing", &invite()))
        .forth(&cancel)
        .back(&response("200 OK", &cancel))
        .back(&response("487 Request Terminated", &invite()))
        .forth(&request("ACK", 1, "inv"));
    assert_eq!(scene.rules(), []);
}

#[test]
fn a_retry_with_credentials_and_a_next_target_break_nothing() {
    let ack = request("ACK", 1, "inv");
    let again = invite()
        .set("Via", &format!("SIP/2.0/UDP {A};branch=z9hG4bKi2;rport"))
        .set("CSeq", "2 INVITE");
    let mut scene = Scene::new()
        .forth(&invite())
        .back(&response("401 Unauthorized", &invite()).with("WWW-Authenticate", "Digest x"))
        .forth(&ack)
        .forth(&again);
    // RFC 3263 4.3: the same request, under a new branch, to the next target.
    let next = again.set("Via", &format!("SIP/2.0/UDP {A};branch=z9hG4bKi3;rport"));
    let other = "127.0.3.2:5060".parse().unwrap();
    scene.witness.observe(scene.now, A.parse().unwrap(), other, &next.bytes());
    assert_eq!(scene.rules(), []);
}

#[test]
fn media_is_not_judged() {
    let mut scene = Scene::new();
    scene.witness.observe(scene.now, A.parse().unwrap(), B.parse().unwrap(), b"\x80\x00\x01\x02");
    assert_eq!((scene.witness.messages(), scene.rules()), (0, vec![]));
}

#[test]
fn a_violation_says_when_who_what_and_where_it_stands() {
    let mut scene = Scene::new().forth(&request("OPTIONS", 1, "o").without("Call-ID"));
    let violations = scene.witness.finish().unwrap_err();
    assert_eq!(violations.len(), 1);
    let text = violations[0].to_string();
    assert_eq!(
        text,
        "0.010 s, 127.0.2.1:5060 -> 127.0.3.1:5060, mandatory-headers (RFC 3261 section 8.1.1): \
         OPTIONS sip:b@127.0.3.1 SIP/2.0: no call-id"
    );
}

/// Each row breaks one rule, and only that one.
#[test]
fn every_rule_fires_on_what_breaks_it() {
    let options = || request("OPTIONS", 2, "opt");
    let forth = |draft: Draft| Scene::answered().forth(&draft).rules();
    let mut rows: Vec<(Rule, Vec<Rule>)> = vec![
        (Rule::WellFormed, {
            let mut scene = Scene::new();
            let garbage = b"INVITE sip:b@x SIP/2.0\r\nno colon here\r\n\r\n";
            scene.witness.observe(scene.now, A.parse().unwrap(), B.parse().unwrap(), garbage);
            scene.rules()
        }),
        (Rule::MandatoryHeaders, forth(options().without("Max-Forwards"))),
        (Rule::MandatoryHeaders, forth(options().with("Call-ID", "c1"))),
        (Rule::ContentLength, forth(options().text("hello").with("Content-Length", "3"))),
        (Rule::BranchCookie, {
            let draft = request("INFO", 2, "x").set("Via", "SIP/2.0/UDP 127.0.2.1;branch=abc");
            forth(draft)
        }),
        (Rule::BranchUnique, forth(request("OPTIONS", 2, "inv"))),
        (Rule::BranchUnique, {
            let later = request("OPTIONS", 3, "opt");
            Scene::answered().forth(&options()).forth(&later).rules()
        }),
        (Rule::Retransmission, {
            let changed = options().set("Max-Forwards", "69");
            Scene::answered().forth(&options()).forth(&changed).rules()
        }),
        (Rule::AckBranch, {
            Scene::new().forth(&invite()).back(&ok()).forth(&request("ACK", 1, "inv")).rules()
        }),
        (Rule::CseqMethod, forth(options().set("CSeq", "2 INFO"))),
        (Rule::CseqRising, forth(request("BYE", 1, "bye"))),
        (Rule::CseqRising, {
            let (first, second) = (request_back("INFO", 4, "i"), request_back("BYE", 4, "bye"));
            Scene::answered().back(&first).back(&second).rules()
        }),
        (Rule::CseqOfAck, forth(request("ACK", 2, "a2"))),
        (Rule::CancelMirrors, {
            let cancel = request("CANCEL", 2, "inv");
            let ringing = response("180 Ringing", &invite());
            Scene::new().forth(&invite()).back(&ringing).forth(&cancel).rules()
        }),
        (Rule::CancelMirrors, {
            let cancel = request("CANCEL", 1, "other");
            let ringing = response("180 Ringing", &invite());
            Scene::new().forth(&invite()).back(&ringing).forth(&cancel).rules()
        }),
        (Rule::CancelEarly, {
            Scene::new().forth(&invite()).forth(&request("CANCEL", 1, "inv")).rules()
        }),
        (Rule::DialogTags, forth(options().set("To", "<sip:b@x>;tag=stranger"))),
        (Rule::ToTagConstant, {
            let ringing = response("180 Ringing", &invite()).set("To", "<sip:b@x>;tag=other");
            Scene::new().forth(&invite()).back(&ringing).back(&ok()).forth(&ack()).rules()
        }),
        (Rule::ResponseMirrors, {
            let reply = response("200 OK", &options()).set("From", "<sip:a@elsewhere>;tag=a");
            Scene::answered().forth(&options()).back(&reply).rules()
        }),
        (Rule::UnsolicitedResponse, {
            Scene::answered().back(&response("200 OK", &options())).rules()
        }),
        (Rule::OneFinal, {
            let (ok, bad) = (response("200 OK", &options()), response("500 No", &options()));
            Scene::answered().forth(&options()).back(&ok).back(&bad).rules()
        }),
        (Rule::ProvisionalAfterFinal, {
            Scene::answered().back(&response("180 Ringing", &invite())).rules()
        }),
        (Rule::AckMissing, Scene::new().forth(&invite()).back(&ok()).rules()),
        (Rule::AckMissing, {
            Scene::new().forth(&invite()).back(&response("486 Busy Here", &invite())).rules()
        }),
        (Rule::Contact, {
            let bare = invite().without("Contact");
            Scene::new().forth(&bare).back(&ok()).forth(&ack()).rules()
        }),
        (Rule::Contact, {
            let bare = ok().without("Contact");
            Scene::new().forth(&invite()).back(&bare).forth(&ack()).rules()
        }),
        (Rule::MaxForwards, forth(options().set("Max-Forwards", "256"))),
        (Rule::MaxForwardsFalling, {
            let mut scene = Scene::answered();
            let leg_b = invite()
                .set("Call-ID", "c2")
                .set("Via", "SIP/2.0/UDP 127.0.3.1;branch=z9hG4bKlegb");
            scene.witness.pair("c1", "c2");
            scene.back(&leg_b).rules()
        }),
        (Rule::MaxForwardsFalling, {
            let proxied = options().set(
                "Via",
                &format!("SIP/2.0/UDP 127.0.9.9;branch=z9hG4bKp, {}", options().fields[0].1),
            );
            // Seen on the next hop: the same request, one Via more.
            let mut scene = Scene::answered().forth(&options());
            scene.witness.senders.clear();
            scene.forth(&proxied).rules()
        }),
        (Rule::OfferAnswer, {
            let bare = ok().no_sdp();
            Scene::new().forth(&invite()).back(&bare).forth(&ack()).rules()
        }),
        (Rule::OfferAnswer, {
            let two = ok().no_sdp().sdp(&format!("{ANSWER}m=video 0 RTP/AVP 31\r\n"));
            Scene::new().forth(&invite()).back(&two).forth(&ack()).rules()
        }),
        (Rule::OfferAnswer, {
            let late = ack().sdp(OFFER);
            Scene::new().forth(&invite()).back(&ok()).forth(&late).rules()
        }),
        (Rule::OfferAnswer, {
            let delayed = invite().no_sdp();
            Scene::new().forth(&delayed).back(&ok()).forth(&ack()).rules()
        }),
        (Rule::OfferAnswer, {
            let contact = "<sip:a@127.0.2.1>";
            let first = request("UPDATE", 2, "u1").with("Contact", contact).sdp(OFFER);
            let second = request("UPDATE", 3, "u2").with("Contact", contact).sdp(OFFER);
            Scene::answered().forth(&first).forth(&second).rules()
        }),
        (Rule::SdpVersion, {
            let changed = OFFER.replace("4000", "4002");
            let update =
                request("UPDATE", 2, "u").with("Contact", "<sip:a@127.0.2.1>").sdp(&changed);
            forth(update)
        }),
        (Rule::SdpVersion, {
            let changed = OFFER.replace("o=- 1 1", "o=- 2 2");
            let update =
                request("UPDATE", 2, "u").with("Contact", "<sip:a@127.0.2.1>").sdp(&changed);
            forth(update)
        }),
        (Rule::ByeBeforeAck, {
            let bye = request_back("BYE", 1, "bye");
            Scene::new().forth(&invite()).back(&ok()).back(&bye).forth(&ack()).rules()
        }),
        (Rule::StrippedHeader, {
            let mut scene = Scene::answered();
            scene.witness.forbid("X-Secret");
            scene.forth(&options().with("x-secret", "1")).rules()
        }),
    ];
    rows.extend(services::rows());
    for (at, (rule, found)) in rows.iter().enumerate() {
        assert_eq!(found[..], [*rule], "row {at}: {rule}");
    }
    for rule in Rule::ALL {
        assert!(rows.iter().any(|(broken, _)| *broken == rule), "nothing breaks {rule}");
    }
}

#[test]
fn a_description_that_rises_by_one_version_is_right() {
    let changed = OFFER.replace("o=- 1 1", "o=- 1 2").replace("4000", "4002");
    let update = request("UPDATE", 2, "u").with("Contact", "<sip:a@127.0.2.1>").sdp(&changed);
    let answer = response("200 OK", &update).sdp(ANSWER);
    assert_eq!(Scene::answered().forth(&update).back(&answer).rules(), []);
}

#[test]
fn an_offer_in_the_2xx_is_answered_in_the_ack() {
    let delayed = invite().no_sdp();
    let scene = Scene::new().forth(&delayed).back(&ok()).forth(&ack().sdp(OFFER));
    assert_eq!(scene.rules(), []);
}

#[test]
fn what_never_arrived_needs_no_ack_and_a_late_bye_is_allowed() {
    let mut scene = Scene::new().forth(&invite());
    let (a, b) = (A.parse().unwrap(), B.parse().unwrap());
    scene.witness.observe_lost(scene.now, b, a, &ok().bytes());
    scene.now += Duration::from_secs(33);
    assert_eq!(scene.back(&request_back("BYE", 1, "bye")).rules(), []);
}

#[test]
fn an_answer_that_never_left_makes_a_dialog_that_ends_with_a_bye() {
    // A connection broke: the called side answered, and nobody has seen it.
    let bye = |since: u64, waited: u64| {
        let mut scene = Scene::new().forth(&invite());
        scene.now += Duration::from_millis(since);
        scene.witness.submitted(scene.now, &ok().bytes());
        scene.now += Duration::from_millis(waited);
        scene
    };
    assert_eq!(bye(5, 32_000).back(&request_back("BYE", 1, "bye")).rules(), []);
    // What leaves later waits from when it was given to its connection.
    let again = |waited| {
        let mut scene = bye(5, 100);
        let (a, b) = (A.parse().unwrap(), B.parse().unwrap());
        scene.witness.observe_lost(scene.now, b, a, &ok().bytes());
        scene.now += Duration::from_millis(waited);
        scene.back(&request_back("BYE", 1, "bye")).rules()
    };
    assert_eq!(again(31_900), []);
    assert_eq!(again(31_800), [Rule::ByeBeforeAck]);
    // A stray is one all the same: nothing was answered, or by another.
    let stray = Scene::new().forth(&invite()).back(&request_back("BYE", 1, "bye")).rules();
    assert_eq!(stray, [Rule::DialogTags]);
    let other = request_back("BYE", 1, "bye").set("From", "<sip:b@x>;tag=other");
    assert_eq!(bye(5, 32_000).back(&other).rules(), [Rule::DialogTags]);
}

#[test]
fn headers_may_be_forbidden_towards_one_address_only() {
    let options = request("OPTIONS", 2, "opt").with("X-Inner", "1");
    for (address, expected) in [(B, vec![Rule::StrippedHeader]), (A, vec![])] {
        let mut scene = Scene::answered();
        let address: SocketAddr = address.parse().unwrap();
        scene.witness.forbid_towards(address.ip(), "X-Inner");
        assert_eq!(scene.forth(&options).rules(), expected);
    }
}

#[test]
fn who_is_excused_is_not_judged() {
    let mut scene = Scene::new();
    scene.witness.excuse(A.parse().unwrap());
    assert_eq!(scene.forth(&request("BYE", 1, "b").without("Call-ID")).rules(), []);
}

#[test]
fn forks_are_right_where_a_proxy_forks() {
    let fork = |tag: &str| ok().set("To", &format!("<sip:b@x>;tag={tag}"));
    let ack_of = |tag: &str| request("ACK", 1, tag).set("To", &format!("<sip:b@x>;tag={tag}"));
    let scene = || {
        let mut scene = Scene::new();
        scene.witness.forking();
        scene.forth(&invite()).back(&fork("b")).back(&fork("b2"))
    };
    assert_eq!(scene().forth(&ack_of("b")).forth(&ack_of("b2")).rules(), []);
    assert_eq!(scene().forth(&ack_of("b")).rules(), [Rule::AckMissing]);
}

#[test]
fn many_violations_are_counted_and_not_kept() {
    let mut scene = Scene::new();
    for number in 0..VIOLATIONS + 50 {
        scene = scene.forth(&request("BYE", 1, &number.to_string()).without("Call-ID"));
    }
    assert_eq!(scene.witness.violations().len(), VIOLATIONS);
    assert_eq!(scene.witness.omitted(), (50, 0));
}

#[test]
fn a_violation_is_shown_on_one_line() {
    let mut scene = Scene::new();
    let bytes = b"BYE sip:\x1b[2Jb@x SIP/2.0\r\nCSeq: 1 BYE\r\n\r\n";
    scene.witness.observe(scene.now, A.parse().unwrap(), B.parse().unwrap(), bytes);
    let shown: Vec<String> = scene.witness.violations().iter().map(ToString::to_string).collect();
    assert!(!shown.is_empty());
    assert!(shown.iter().all(|line| !line.contains(char::is_control)), "{shown:?}");
}
