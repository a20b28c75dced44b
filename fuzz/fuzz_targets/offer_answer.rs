//! Two descriptions, parted by a zero octet, as offer and answer between parties of any policy: no panic, and what we
//! write is what RFC 3264 and RFC 4568 allow.
#![no_main]

use siptrunk_sdp::offer_answer::{
    AnswerError, CodecOrder, CodecPolicy, LocalMedia, Party, SecurityProblem, SrtpMode, SrtpPolicy,
    accept,
};
use siptrunk_sdp::{CodecName, CryptoSuite, Direction, Origin, SessionDescription};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [codecs, choices, data @ ..] = data else { return };
    let cut = data.iter().position(|octet| *octet == 0).unwrap_or(data.len());
    let (offer, rest) = data.split_at(cut);
    let Ok(offer) = SessionDescription::parse(offer) else { return };
    let us = Choices::new(*codecs, *choices);
    if let Ok(agreed) = us.play(|party| party.answer(&offer)) {
        written(&agreed.description, &offer);
        let back = match accept(&offer, &agreed.description) {
            Ok(back) => back,
            // Our key here is no secret: an offer may have the same.
            Err(AnswerError::Security(SecurityProblem::SameKey)) => return,
            Err(error) => panic!("an answer of our own: {error}"),
        };
        for (theirs, ours) in back.streams().zip(agreed.streams()) {
            assert_eq!(theirs.direction.mirrored(), ours.direction);
            assert_eq!((&theirs.codecs, theirs.rtcp_mux), (&ours.codecs, ours.rtcp_mux));
            assert_eq!(theirs.srtp.is_some(), ours.srtp.is_some());
            assert!(ours.srtp.is_some() || us.srtp.mode != SrtpMode::Required);
            assert!(ours.srtp.is_none() || us.srtp.mode != SrtpMode::Off);
        }
    }
    let Ok(relayed) = us.play(|party| party.relay_offer(&offer, &us.srtp)) else { return };
    let again = SessionDescription::parse(relayed.description.as_bytes());
    assert_eq!(again.as_ref(), Ok(&relayed.description));
    let Ok(far) = SessionDescription::parse(rest.get(1..).unwrap_or_default()) else { return };
    let _ = relayed.description.following(&far);
    let back = us.play(|party| party.relay_answer(&offer, &relayed, &far));
    if let Ok(back) = back {
        written(&back.description, &offer);
    }
});

/// What one side may want.
struct Choices {
    codecs: CodecPolicy,
    srtp: SrtpPolicy,
    choices: u8,
}

impl Choices {
    fn new(codecs: u8, choices: u8) -> Self {
        let names = CodecName::ALL.into_iter().enumerate();
        let codecs = CodecPolicy {
            codecs: names
                .filter_map(|(at, name)| (codecs & (1 << at) != 0).then_some(name))
                .collect(),
            telephone_event: (codecs & 0x40 != 0).then_some(101),
            ptime: (codecs & 0x80 != 0).then_some(20),
        };
        let mode = [SrtpMode::Off, SrtpMode::Off, SrtpMode::Preferred, SrtpMode::Required];
        let srtp =
            SrtpPolicy { mode: mode[usize::from(choices & 3)], suites: CryptoSuite::ALL.to_vec() };
        Self { codecs, srtp, choices }
    }

    fn play<T>(&self, act: impl FnOnce(Party<'_>) -> T) -> T {
        let local = LocalMedia { address: [192, 0, 2, 1].into(), port: 20_000 };
        let more = [LocalMedia { port: 20_002, ..local }, LocalMedia { port: 20_004, ..local }];
        let origin = Origin::new(1, 1, local.address);
        let mut fill = |room: &mut [u8]| room.fill(7);
        let is = |bit: u8| self.choices & bit != 0;
        let party = Party::new(&self.codecs, &local, &origin)
            .ordered(if is(4) { CodecOrder::Ours } else { CodecOrder::Offerer })
            .directed(Direction::of(!is(8), !is(16)))
            .with_more(if is(32) { &more } else { &[] })
            .secured(&self.srtp, &mut fill);
        act(if is(64) { party.with_rtcp_mux() } else { party })
    }
}

fn written(answer: &SessionDescription, offer: &SessionDescription) {
    let again = SessionDescription::parse(answer.as_bytes());
    assert_eq!(again.as_ref(), Ok(answer));
    assert_eq!(answer.media().count(), offer.media().count());
    assert!(answer.media().any(|told| told.port() != 0), "one stream is taken");
    for (told, asked) in answer.media().zip(offer.media()) {
        assert_eq!((told.kind(), told.protocol()), (asked.kind(), asked.protocol()));
        if told.port() == 0 {
            continue;
        }
        assert_ne!(asked.port(), 0, "what is refused stays refused");
        assert!(told.payload_types().all(|number| asked.payload_types().any(|n| n == number)));
        assert_eq!(told.direction().and(asked.direction().mirrored()), told.direction());
        assert!(asked.is_rtcp_mux() || !told.is_rtcp_mux());
    }
}
