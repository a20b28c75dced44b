//! Transfers, registrations and health: what is right breaks nothing, and each rule fires.

use super::*;

/// Who is called by a third leg.
const C: &str = "127.0.4.1:5060";

fn refer(cseq: u32, branch: &str) -> Draft {
    request("REFER", cseq, branch)
        .with("Contact", "<sip:a@127.0.2.1>")
        .with("Refer-To", "<sip:c@127.0.4.1>")
}

fn notify(cseq: u32, state: &str, status: &str) -> Draft {
    let mut draft = request_back("NOTIFY", cseq, &format!("n{cseq}"))
        .with("Contact", "<sip:b@127.0.3.1>")
        .with("Event", "refer")
        .with("Subscription-State", state)
        .with("Content-Type", "message/sipfrag;version=2.0");
    status.clone_into(&mut draft.body);
    draft
}

fn trying() -> Draft {
    notify(1, "active;expires=60", "SIP/2.0 100 Trying\r\n")
}

fn done() -> Draft {
    notify(2, "terminated;reason=noresource", "SIP/2.0 200 OK\r\n")
}

/// A call in which the caller asked for a transfer, and it was accepted.
fn referred() -> Scene {
    let accepted = response("202 Accepted", &refer(2, "ref"));
    let accepted = accepted.with("Contact", "<sip:b@127.0.3.1>");
    Scene::answered().forth(&refer(2, "ref")).back(&accepted)
}

fn register(cseq: u32) -> Draft {
    request("REGISTER", cseq, &format!("r{cseq}"))
        .line("REGISTER sip:127.0.3.1 SIP/2.0")
        .set("To", "<sip:a@127.0.3.1>")
        .with("Contact", "<sip:a@127.0.2.1>")
        .with("Expires", "300")
}

fn registered(cseq: u32) -> Draft {
    response("200 OK", &register(cseq)).with("Contact", "<sip:a@127.0.2.1>;expires=300")
}

/// Each row breaks one rule, and only that one.
pub(super) fn rows() -> Vec<(Rule, Vec<Rule>)> {
    let answered = |status: &str| {
        let options = request("OPTIONS", 2, "opt");
        Scene::answered().forth(&options).back(&response(status, &options)).rules()
    };
    let told = |draft: Draft| referred().back(&draft).back(&done()).rules();
    vec![
        (Rule::StatusFields, answered("401 Unauthorized")),
        (Rule::StatusFields, answered("407 Proxy Authentication Required")),
        (Rule::StatusFields, answered("405 Method Not Allowed")),
        (Rule::StatusFields, answered("420 Bad Extension")),
        (Rule::StatusFields, answered("423 Interval Too Brief")),
        (Rule::Registration, {
            let named = register(1).line("REGISTER sip:a@127.0.3.1 SIP/2.0");
            Scene::new().forth(&named).rules()
        }),
        (Rule::Registration, {
            let timeless = response("200 OK", &register(1)).with("Contact", "<sip:a@127.0.2.1>");
            Scene::new().forth(&register(1)).back(&timeless).rules()
        }),
        (Rule::Registration, {
            Scene::new().forth(&register(1)).back(&response("200 OK", &register(1))).rules()
        }),
        (Rule::ReferTo, {
            let two = refer(2, "ref").with("Refer-To", "<sip:d@127.0.4.1>");
            Scene::answered().forth(&two).rules()
        }),
        (Rule::ReferTo, Scene::answered().forth(&refer(2, "ref").without("Refer-To")).rules()),
        (Rule::Notify, told(trying().without("Event"))),
        (Rule::Notify, told(trying().without("Subscription-State"))),
        (Rule::Notify, told(notify(1, "active", "200 OK\r\n"))),
        (Rule::Notify, told(trying().set("Content-Type", "text/plain"))),
        (Rule::Notify, Scene::answered().back(&trying()).rules()),
        (Rule::Notify, {
            let late = notify(3, "active", "SIP/2.0 100 Trying\r\n");
            referred().back(&trying()).back(&done()).back(&late).rules()
        }),
        (Rule::NotifyMissing, referred().rules()),
    ]
}

#[test]
fn a_cold_transfer_breaks_nothing() {
    let scene = referred()
        .back(&trying())
        .forth(&response("200 OK", &trying()))
        .back(&done())
        .forth(&response("200 OK", &done()))
        .forth(&request("BYE", 3, "bye"));
    assert_eq!(scene.rules(), []);
}

#[test]
fn a_second_transfer_is_told_by_its_number() {
    let again = refer(3, "ref2");
    let accepted = response("202 Accepted", &again).with("Contact", "<sip:b@127.0.3.1>");
    let by_number = notify(3, "terminated", "SIP/2.0 603 Decline\r\n").set("Event", "refer;id=3");
    let scene = || referred().back(&trying()).back(&done()).forth(&again).back(&accepted);
    assert_eq!(scene().back(&by_number).rules(), []);
    let unnumbered = notify(3, "terminated", "SIP/2.0 603 Decline\r\n");
    assert_eq!(scene().back(&unnumbered).rules(), [Rule::Notify, Rule::NotifyMissing]);
}

#[test]
fn a_transfer_without_a_subscription_needs_no_notify() {
    let accepted = response("202 Accepted", &refer(2, "ref"))
        .with("Contact", "<sip:b@127.0.3.1>")
        .with("Refer-Sub", "false");
    let scene = Scene::answered().forth(&refer(2, "ref").with("Refer-Sub", "false"));
    assert_eq!(scene.back(&accepted).rules(), []);
    // One that was refused needs none either.
    let refused = response("603 Decline", &refer(2, "ref"));
    assert_eq!(Scene::answered().forth(&refer(2, "ref")).back(&refused).rules(), []);
}

#[test]
fn a_third_leg_while_the_first_call_stands_breaks_nothing() {
    let (b, c): (SocketAddr, SocketAddr) = (B.parse().unwrap(), C.parse().unwrap());
    let leg = |draft: Draft| {
        draft
            .set("Call-ID", "c3")
            .set("Via", &format!("SIP/2.0/UDP {B};branch=z9hG4bKleg3;rport"))
            .set("Max-Forwards", "69")
    };
    let invite = leg(invite());
    let ok = response("200 OK", &invite).with("Contact", "<sip:c@127.0.4.1>").sdp(ANSWER);
    let ack = leg(ack()).set("Via", &format!("SIP/2.0/UDP {B};branch=z9hG4bKack3;rport"));
    let mut scene = Scene::answered();
    scene.witness.pair("c1", "c3");
    for (from, to, draft) in [(b, c, &invite), (c, b, &ok), (b, c, &ack)] {
        scene.now += Duration::from_millis(10);
        scene.witness.observe(scene.now, from, to, &draft.bytes());
    }
    // The first called one goes, and the caller stays.
    assert_eq!(scene.back(&request_back("BYE", 1, "bye")).rules(), []);
}

#[test]
fn registrations_of_either_side_break_nothing() {
    let challenged =
        response("401 Unauthorized", &register(1)).with("WWW-Authenticate", "Digest x");
    let brief = response("423 Interval Too Brief", &register(2)).with("Min-Expires", "60");
    let mut gone = register(4);
    gone = gone.set("Contact", "*").set("Expires", "0");
    let back = |draft: Draft, branch: &str| {
        draft
            .set("Via", &format!("SIP/2.0/UDP {B};branch=z9hG4bK{branch};rport"))
            .set("Call-ID", "theirs")
            .set("From", "<sip:b@127.0.2.1>;tag=theirs")
            .set("To", "<sip:b@127.0.2.1>")
    };
    let theirs = back(register(1), "theirs");
    let bound = response("200 OK", &theirs).with("Contact", "<sip:a@127.0.2.1>;expires=60");
    let scene = Scene::new()
        .forth(&register(1))
        .back(&challenged)
        .forth(&register(2))
        .back(&brief)
        .forth(&register(3))
        .back(&registered(3))
        .forth(&gone)
        .back(&response("200 OK", &gone))
        .back(&theirs)
        .forth(&bound);
    assert_eq!(scene.rules(), []);
}

#[test]
fn health_by_options_breaks_nothing() {
    let ping = |cseq: u32| {
        request("OPTIONS", cseq, &format!("o{cseq}"))
            .set("To", "<sip:127.0.3.1>")
            .set("Call-ID", "health")
    };
    let scene = Scene::new()
        .forth(&ping(1))
        .back(&response("200 OK", &ping(1)))
        .forth(&ping(2))
        .forth(&ping(2))
        .back(&response("503 Service Unavailable", &ping(2)))
        .forth(&ping(3));
    assert_eq!(scene.rules(), []);
}
