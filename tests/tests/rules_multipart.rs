//! INVITEs whose session description is one part of several (RFC 5621): the description makes the
//! call, the other parts stay behind and are named.

use siptrunk::message::{Body, HeaderValue, Method};
use siptrunk::profiles::Route;
use siptrunk_tests::phone::{NUMBER, Phone, Switchboard, config_of, header, trunk, voice};
use siptrunk_tests::scene::address;

const A: &str = "127.0.2.1";
const B: &str = "127.0.3.1";

fn world() -> Switchboard {
    let trunks = [trunk("a", A), trunk("b", B)];
    let mut board = Switchboard::new(&config_of(trunks, [Route::from("a").to("b")]));
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice(A)));
    board.phone("b", "127.0.3.1:5060", Phone::friendly(&voice(B)));
    // The witness reads bodies as descriptions.
    board.world.witness_mut().excuse(address("127.0.2.1:5060"));
    board
}

/// A multipart body of these parts: their header lines and their text.
fn multipart(parts: &[(&str, &str)]) -> Body {
    let parts: Vec<_> =
        parts.iter().map(|(lines, text)| format!("--x\r\n{lines}\r\n\r\n{text}\r\n")).collect();
    let text = parts.concat();
    Body {
        content_type: HeaderValue::from_static("multipart/mixed;boundary=x").unwrap(),
        bytes: format!("{text}--x--\r\n").into(),
    }
}

const SDP: &str = "Content-Type: application/sdp";
const ISUP: &str = "Content-Type: application/isup;version=itu-t92+\r\nContent-Disposition: signal;handling=optional";
const PIDF: &str =
    "Content-Type: application/pidf+xml\r\nContent-Disposition: render;handling=optional";

#[test]
fn the_description_makes_the_call_and_the_rest_stays_behind() {
    let own = voice(A).offer();
    let offer = std::str::from_utf8(&own.bytes).unwrap();
    for (parts, aside) in [
        (vec![(SDP, offer)], vec![]),
        (vec![(SDP, offer), (ISUP, "\x01\x02")], vec!["application/isup"]),
        (
            vec![(PIDF, "<presence/>"), (SDP, offer), (ISUP, "x")],
            vec!["application/pidf+xml", "application/isup"],
        ),
    ] {
        let mut board = world();
        let body = multipart(&parts);
        let call = board.dial_with("a", NUMBER, |invite| invite.body = Some(body));
        board.run_ms(100);
        board.assert_talking("a", "b");
        let invite = board.requests_to("b", &Method::INVITE).remove(0);
        assert_eq!(header(invite.headers(), "Content-Type"), "application/sdp");
        assert!(!String::from_utf8_lossy(invite.body()).contains("--x"), "{}", board.ladder());
        board.bye("a", call);
        assert_eq!(board.over_one().left_aside, aside);
    }
}

#[test]
fn what_must_be_understood_and_is_not_gets_415() {
    let own = voice(A).offer();
    let offer = std::str::from_utf8(&own.bytes).unwrap();
    let must = "Content-Type: application/isup;version=itu-t92+";
    let mut board = world();
    let body = multipart(&[(SDP, offer), (must, "x")]);
    board.dial_with("a", NUMBER, |invite| invite.body = Some(body));
    board.run_ms(100);
    let refusal = board.final_to("a");
    assert_eq!(refusal.status().code(), 415, "{}", board.ladder());
    assert_eq!(header(refusal.headers(), "Accept"), "application/sdp, multipart/mixed");
    assert!(board.requests_to("b", &Method::INVITE).is_empty());
}

#[test]
fn parts_without_a_description_are_an_invite_without_offer() {
    let mut board = world();
    let body = multipart(&[(ISUP, "x")]);
    board.dial_with("a", NUMBER, |invite| invite.body = Some(body));
    board.run_ms(50);
    let invite = board.requests_to("b", &Method::INVITE).remove(0);
    assert!(invite.body().is_empty(), "{}", board.ladder());
}

#[test]
fn a_multipart_whose_parts_cannot_be_told_apart_gets_400() {
    let mut board = world();
    let mut body = multipart(&[(SDP, "v=0")]);
    body.bytes = body.bytes.slice(..body.bytes.len() - 9);
    board.dial_with("a", NUMBER, |invite| invite.body = Some(body));
    board.run_ms(100);
    assert_eq!(board.final_to("a").status().code(), 400, "{}", board.ladder());
}
