//! What parsing, reading and rewriting allocate, counted by the allocator itself. Shrinking to fit counts as well.

use allocation_counter::measure;
use bytes::Bytes;
use siptrunk_message::{
    BuildError, HeaderName, Index, Limits, Message, Method, Request, RequestBuilder, RequestWriter,
};

/// How many allocations `work` makes; what it returns is dropped after counting.
fn allocations<T>(work: impl FnOnce() -> T) -> (u64, T) {
    let mut value = None;
    let counted = measure(|| value = Some(work()));
    (counted.count_total, value.expect("measured work has run"))
}

const INVITE: &[u8] = include_bytes!("data/messages/invite.sip");

fn rewrite(request: &Request, octets: usize, index: Index) -> Result<Request, BuildError> {
    let uri = "sip:+14155550123@203.0.113.99";
    let mut out = RequestWriter::with_index(Method::INVITE, uri, octets, index)?;
    out.append(&HeaderName::VIA, "SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bK7c1d0a9e44f2;rport")?;
    out.append(&HeaderName::MAX_FORWARDS, 67)?;
    out.append(&HeaderName::FROM, "<sip:+18005550199@203.0.113.7>;tag=9c2f11ab")?;
    out.append(&HeaderName::TO, "<sip:+14155550123@203.0.113.99>")?;
    out.append(&HeaderName::CALL_ID, "5d1f0e7a4b3c2918@203.0.113.7")?;
    out.append(&HeaderName::CSEQ, "1 INVITE")?;
    out.append(&HeaderName::CONTACT, "<sip:203.0.113.7:5060>")?;
    for field in request.headers().iter() {
        if !field.is_known()
            || field.is(&HeaderName::DIVERSION)
            || field.is(&HeaderName::CONTENT_TYPE)
        {
            out.copy(field)?;
        }
    }
    out.finish(request.body())
}

#[test]
fn the_hot_path_allocates_what_it_says() {
    let limits = Limits::default();
    let bytes = Bytes::from_static(INVITE);

    let (count, message) = allocations(|| Message::parse(bytes.clone(), &limits).unwrap());
    assert_eq!(count, 1, "parsing: the index");

    let (count, ()) = allocations(|| {
        let headers = message.headers();
        let via = headers.top_via().unwrap().unwrap();
        assert!(
            via.branch().is_some() && via.rport().is_some() && via.sent_by().host.ip().is_some()
        );
        let from = headers.from().unwrap().unwrap();
        assert!(
            from.tag().is_some() && from.uri().user().is_some() && from.display_name().is_some()
        );
        assert!(headers.to().unwrap().unwrap().tag().is_none());
        assert!(headers.call_id().unwrap().is_some());
        assert_eq!(headers.cseq().unwrap().unwrap().number, 102);
        assert!(headers.contact().unwrap().unwrap().uri().as_sip().unwrap().transport().is_some());
        assert_eq!(headers.max_forwards().unwrap(), Some(68));
        assert_eq!(headers.name_addrs(&HeaderName::RECORD_ROUTE).count(), 1);
    });
    assert_eq!(count, 0, "typed reads");

    let Message::Request(request) = &message else { panic!("a request") };
    let guess = request.bytes().len() + 64;
    let (count, rewritten) = allocations(|| rewrite(request, guess, Index::new()).unwrap());
    assert_eq!(count, 3, "rewriting: the output, its shrinking to fit, and its index");

    let exact = rewritten.bytes().len();
    let (count, rewritten) = allocations(|| rewrite(request, exact, Index::new()).unwrap());
    assert_eq!(count, 2, "rewriting where the size is known: the output and its index");

    let spent = Message::Request(rewritten).into_index();
    let (count, rewritten) = allocations(|| rewrite(request, exact, spent).unwrap());
    assert_eq!(count, 1, "rewriting where the size is known, with a spent index: the output");

    let spent = Message::Request(rewritten).into_index();
    let (count, reparsed) =
        allocations(|| Message::parse_with(bytes.clone(), &limits, spent).unwrap());
    assert_eq!(count, 0, "parsing with a spent index");
    assert_eq!(reparsed.headers().len(), message.headers().len());

    let (count, builder) = allocations(|| RequestBuilder::from_request(request));
    assert_eq!(
        count, 4,
        "a builder: itself, its URI, room for lines of its own, the order of lines"
    );
    let (count, builder) = allocations(|| {
        builder
            .without(&HeaderName::RECORD_ROUTE)
            .replace(&HeaderName::CSEQ, "103 INVITE")
            .append(&HeaderName::SUBJECT, "again")
    });
    assert_eq!(count, 0, "changing what will be written");
    let via = "SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bK7c1d0a9e44f2;rport";
    let (count, _) = allocations(|| builder.build(via).unwrap());
    assert_eq!(count, 2, "building again: the output and its index");
}
