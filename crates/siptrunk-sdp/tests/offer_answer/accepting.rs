//! Taking answers to offers.

use siptrunk_sdp::offer_answer::accept;

use crate::support::{description, facts, rows};

#[test]
fn answers_taken() {
    let rows = rows(include_str!("exchanges.txt"));
    assert!(rows.len() >= 60, "the table lost rows: {}", rows.len());
    for row in &rows {
        let [name, ours, theirs, expected] = &row[..] else { panic!("{row:?}") };
        let (ours, theirs) = (description(ours), description(theirs));
        let got = match accept(&ours, &theirs) {
            Ok(agreed) => {
                assert_eq!(agreed.description, theirs, "{name}");
                let mut got: Vec<String> = agreed.streams().map(facts).collect();
                for surplus in &agreed.surplus {
                    got.push(format!("surplus {surplus}"));
                }
                for stream in agreed.streams() {
                    let numbers: Vec<u8> = stream.codecs.iter().map(|c| c.payload_type).collect();
                    let sent: Vec<u8> = stream.receive_map.iter().map(|pair| pair.1).collect();
                    assert_eq!(numbers, sent, "{name}");
                }
                got.join(", ")
            }
            Err(error) => format!("! {error}"),
        };
        assert_eq!(got, *expected, "{name}");
    }
}
