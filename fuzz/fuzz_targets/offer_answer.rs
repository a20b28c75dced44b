//! Two descriptions, parted by a zero byte, as offer and answer: no panic, and what we write is
//! what RFC 3264 allows.
#![no_main]

use siptrunk_sdp::offer_answer::{
    CodecPolicy, LocalMedia, accept, answer, relay_answer, relay_offer,
};
use siptrunk_sdp::{CodecName, Origin, SessionDescription};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [choice, data @ ..] = data else { return };
    let cut = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (offer, rest) = data.split_at(cut);
    let Ok(offer) = SessionDescription::parse(offer) else { return };
    let local = LocalMedia { address: [192, 0, 2, 1].into(), port: 20_000 };
    let origin = Origin::new(1, 1, local.address);
    let policy = CodecPolicy {
        codecs: CodecName::ALL
            .into_iter()
            .enumerate()
            .filter_map(|(at, name)| (choice & (1 << at) != 0).then_some(name))
            .collect(),
        telephone_event: (choice & 0x40 != 0).then_some(101),
        ptime: (choice & 0x80 != 0).then_some(20),
    };
    if let Ok(agreed) = answer(&offer, &policy, &local, &origin) {
        written(&agreed.description, &offer);
        assert_eq!(
            accept(&offer, &agreed.description).map(|back| back.direction.mirrored()),
            Ok(agreed.direction)
        );
    }
    let Ok(relayed) = relay_offer(&offer, &policy, &local, &origin) else { return };
    let again = SessionDescription::parse(relayed.description.as_bytes());
    assert_eq!(again.as_ref(), Ok(&relayed.description));
    let Ok(far) = SessionDescription::parse(rest.get(1..).unwrap_or_default()) else { return };
    let _ = relayed.description.following(&far);
    let Ok(back) = relay_answer(&offer, &relayed, &far, &local, &origin) else { return };
    written(&back.description, &offer);
});

fn written(answer: &SessionDescription, offer: &SessionDescription) {
    let again = SessionDescription::parse(answer.as_bytes());
    assert_eq!(again.as_ref(), Ok(answer));
    assert_eq!(answer.media().count(), offer.media().count());
    let (told, asked) = answer
        .media()
        .zip(offer.media())
        .find(|(told, _)| told.port() != 0)
        .expect("one stream is taken");
    assert!(told.payload_types().all(|number| asked.payload_types().any(|n| n == number)));
    assert_eq!(told.direction().and(asked.direction().mirrored()), told.direction());
}
