//! Where the relay may be made to send (RFC 3264 with the threats of RFC 5245 18.5.1 in mind).

use siptrunk::profiles::Route;
use siptrunk_tests::phone::{Phone, Switchboard, config_of, trunk, voice};

/// A call between a caller that signals from `caller` and one at a private address; the caller's media
/// is at `media`. The answer says whether what the far side speaks reaches it.
fn heard_at(caller: &'static str, media: &str) -> bool {
    let b = "127.0.3.1";
    let mut board = Switchboard::new(&config_of(
        [trunk("a", caller), trunk("b", b)],
        [Route::from("a").to("b")],
    ));
    let sip: &'static str = format!("{caller}:5060").leak();
    board.phone("a", sip, Phone::friendly(&voice(media)));
    board.phone("b", "127.0.3.1:5060", Phone::friendly(&voice(b)));
    let call = board.dial("a");
    board.run_ms(100);
    let heard = board.speak("b", "a", 0).is_some();
    board.bye("a", call);
    assert_eq!(board.over_one().failure, None);
    heard
}

#[test]
fn a_private_media_address_counts_only_where_the_signalling_is_private() {
    // (where the caller signals, where it wants its media, whether it gets it)
    let rows = [
        ("198.51.100.7", "198.51.100.8", true),
        ("198.51.100.7", "10.0.0.9", false),
        ("198.51.100.7", "192.168.1.9", false),
        ("198.51.100.7", "127.0.4.1", false),
        ("10.0.0.7", "10.0.0.9", true),
        ("10.0.0.7", "198.51.100.8", true),
    ];
    for (caller, media, expected) in rows {
        assert_eq!(heard_at(caller, media), expected, "from {caller}, media at {media}");
    }
}
