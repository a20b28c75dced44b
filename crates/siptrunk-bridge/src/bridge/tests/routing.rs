//! Routes that change while calls live, the application's own decisions, and what is explained.

use siptrunk_profiles::{HeaderChange, Schedule, ValueMatch};

use super::*;
use crate::explain::{Explanation, Outcome};

fn routes(routes: impl IntoIterator<Item = Route>) -> Config {
    routes.into_iter().fold(Config::default(), Config::route)
}

fn invite_text(name: &str, headers: &str) -> String {
    format!(
        "INVITE sip:+2@127.0.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.2.1:5060;branch=z9hG4bK{name}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:+1@127.0.2.1>;tag={name}\r\nTo: <sip:+2@127.0.1.1>\r\n\
         Call-ID: {name}\r\nCSeq: 1 INVITE\r\nContact: <sip:+1@127.0.2.1:5060>\r\n{headers}\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}",
        SDP.len()
    )
}

fn request(headers: &str) -> Request {
    let text = invite_text("explained", headers);
    match Message::parse(text.into_bytes().into(), &Limits::default()) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

impl Desk {
    /// An INVITE of trunk a on which the application is asked; the question's id.
    fn asked(&mut self, name: &str) -> (QuestionId, Box<Explanation>) {
        let bytes = invite_text(name, "").into_bytes();
        let (local, remote) = (address("127.0.1.1:5060"), address("127.0.2.1:5060"));
        self.bridge.handle_input(self.now, Received::datagram(0, local, remote, bytes));
        loop {
            match self.bridge.poll_question() {
                Some((id, Question::Decide { explanation, .. })) => return (id, explanation),
                Some(_) => {}
                None => panic!("the application is not asked"),
            }
        }
    }

    fn decides(&mut self) {
        self.bridge.settings.decide = Some(Duration::from_secs(1));
    }

    fn tell(&mut self, id: QuestionId, route: Option<Route>) {
        self.bridge.handle_answer(self.now, id, Answer::Route(route.map(Box::new)));
        self.drain();
    }

    fn dials(&self) -> usize {
        let invites = self.sent.iter().filter(
            |message| matches!(message, Message::Request(request) if *request.method() == siptrunk_message::Method::INVITE),
        );
        invites.count()
    }
}

#[test]
fn routes_change_for_calls_to_come_and_for_no_other() {
    let mut desk = Desk::new();
    desk.call("first");
    let first = desk.dialled();
    assert_eq!(desk.bridge.set_routes(&routes([Route::from("a").reject(480)])), Ok(Vec::new()));
    desk.answer(&first, 200);
    assert_eq!(desk.statuses("first"), [100, 200], "it lives on");
    desk.call("second");
    assert_eq!(desk.statuses("second"), [100, 480]);
    // A file that does not fit the trunks that run changes nothing.
    let refused = desk.bridge.set_routes(&routes([Route::from("a").to("nowhere")]));
    let codes: Vec<_> = refused.unwrap_err().iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["P060"]);
    desk.call("third");
    assert_eq!(desk.statuses("third"), [100, 480]);
}

#[test]
fn the_application_decides_and_sees_what_the_routes_say() {
    let mut desk = Desk::new();
    desk.decides();
    desk.bridge.set_routes(&routes([Route::from("a").reject(480)])).unwrap();
    let (id, explanation) = desk.asked("first");
    assert_eq!(desk.bridge.live().get("undecided calls"), 1);
    assert!(matches!(explanation.outcome, Outcome::Refused { status: 480, .. }));
    desk.tell(id, Some(Route::any().to("b").dial("+3")));
    let invite = desk.dialled();
    assert_eq!(invite.request_uri().unwrap().user().as_deref(), Some("+3"));
    // Twice, and after the fact.
    desk.tell(id, Some(Route::any().reject(603)));
    desk.answer(&invite, 486);
    assert_eq!(desk.statuses("first"), [100, 486]);
    for (name, route, status) in [
        ("rules", None, 480),
        ("rejected", Some(Route::any().reject(603)), 603),
        ("nowhere", Some(Route::any().to("nowhere")), 404),
        ("empty", Some(Route::any()), 404),
    ] {
        let (id, _) = desk.asked(name);
        desk.tell(id, route);
        assert_eq!(desk.statuses(name), [100, status], "{name}");
    }
    assert_eq!(desk.dials(), 1);
    desk.run_out();
    assert!(desk.bridge.live().is_empty(), "{}", desk.bridge.live());
}

#[test]
fn without_an_answer_the_routes_decide() {
    let mut desk = Desk::new();
    desk.decides();
    let (id, _) = desk.asked("first");
    assert_eq!(desk.dials(), 0);
    desk.now += Duration::from_millis(999);
    desk.bridge.handle_timeout(desk.now);
    desk.drain();
    assert_eq!(desk.dials(), 0);
    desk.now += Duration::from_millis(1);
    desk.bridge.handle_timeout(desk.now);
    desk.drain();
    assert_eq!(desk.dials(), 1);
    desk.tell(id, Some(Route::any().reject(603)));
    let invite = desk.dialled();
    desk.answer(&invite, 486);
    assert_eq!(desk.statuses("first"), [100, 486]);
}

#[test]
fn a_caller_may_give_up_and_a_gateway_stop_before_it_is_decided() {
    let mut desk = Desk::new();
    desk.decides();
    let (id, _) = desk.asked("first");
    let cancel = "CANCEL sip:+2@127.0.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.2.1:5060;branch=z9hG4bKfirst\r\n\
                  Max-Forwards: 70\r\nFrom: <sip:+1@127.0.2.1>;tag=first\r\nTo: <sip:+2@127.0.1.1>\r\n\
                  Call-ID: first\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n";
    desk.input("127.0.2.1:5060", cancel.as_bytes().to_vec());
    assert!(desk.statuses("first").contains(&487), "{:?}", desk.statuses("first"));
    desk.tell(id, None);
    assert_eq!(desk.dials(), 0);
    let (id, _) = desk.asked("second");
    desk.bridge.shutdown(desk.now);
    desk.drain();
    assert_eq!(desk.statuses("second"), [100, 503]);
    desk.tell(id, None);
    assert_eq!(desk.dials(), 0);
    desk.run_out();
    assert!(desk.bridge.live().is_empty(), "{}", desk.bridge.live());
}

#[test]
fn an_explanation_tells_what_the_call_then_does() {
    let mut desk = Desk::new();
    let mut config = routes([
        Route::from("a")
            .name("vip")
            .has("X-Tier", ValueMatch::Exact("gold".to_owned()))
            .reject(603),
        Route::from("a").when("office").skill("billing").reject(480),
        Route::from("a")
            .prefix("+")
            .to("b")
            .prepend("9")
            .change(HeaderChange::Set { name: "X-Seen".to_owned(), value: "yes".to_owned() }),
        Route::any().reject(404),
    ])
    .schedule(Schedule::new("office").hours("Mon-Fri 09:00-17:00"));
    config.variables.skill = vec!["X-Skill".to_owned()];
    desk.bridge.set_routes(&config).unwrap();
    let request = request("X-Tier: silver\r\nX-Skill: billing\r\n");
    let explanation = desk.bridge.explain(desk.now, "a", &request);
    // The clock of the desk stands at midnight, a Thursday.
    let fits: Vec<_> = explanation
        .judged
        .iter()
        .map(|route| {
            (route.number, route.takes, route.conditions.iter().map(|it| it.holds).collect())
        })
        .collect::<Vec<(_, _, Vec<_>)>>();
    assert_eq!(
        fits,
        [
            (0, false, vec![true, false]),
            (1, false, vec![true, true, false]),
            (2, true, vec![true, true])
        ]
    );
    let expected = "From trunk a: +1 calls +2
  skill billing
route[0] vip: does not fit
  + from a: here a
  - has.X-Tier gold: here silver
route[1]: does not fit
  + from a: here a
  + skill billing: here billing
  - when office: here Thu 1970-01-01 00:00 UTC
route[2]: takes the call
  + from a: here a
  + dialed +...: here +2
1 of 4 routes ruled out or not reached
=> b, INVITE sip:9+2@127.0.3.1:5060 (0 calls)
     X-Seen: yes
";
    assert_eq!(explanation.to_string(), expected);
    let json = explanation.to_json();
    assert!(
        json.starts_with(r#"{"from":"a","caller":"+1","dialed":"+2","skill":"billing","#),
        "{json}"
    );
    assert!(json.contains(r#""headers":[{"name":"X-Seen","value":"yes"}]"#), "{json}");
    desk.call("first");
    assert_eq!(desk.dialled().request_uri().unwrap().to_string(), "sip:9+2@127.0.3.1:5060");

    let unknown = desk.bridge.explain(desk.now, "nobody", &request);
    assert!(matches!(unknown.outcome, Outcome::Refused { status: 403, .. }));
}

#[test]
fn among_many_routes_only_those_that_may_take_a_call_are_told() {
    let mut desk = Desk::new();
    let many = (0..200).map(|number| Route::from("a").dialed(format!("+1{number:03}")).to("b"));
    desk.bridge.set_routes(&routes(many.chain([Route::from("a").to("b")]))).unwrap();
    let explanation = desk.bridge.explain(desk.now, "a", &request(""));
    let numbers: Vec<_> = explanation.judged.iter().map(|route| route.number).collect();
    assert_eq!(numbers, [200]);
    assert_eq!(explanation.routes, 201);
}
