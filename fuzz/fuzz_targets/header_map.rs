//! Any headers through a policy of any names: nothing of ours and nothing inner passes, names and values
//! keep every octet, limits hold, and what passes comes in wire order.
#![no_main]

use siptrunk_message::HeaderName;
use siptrunk_profiles::{HeaderPolicy, Moment, Synthflow};
use siptrunk_xei::CallContext;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // A line a field; the first octet chooses the policy, a line with `>` renames.
    let Some((choice, lines)) = data.split_first() else { return };
    let mut policy =
        if choice & 1 == 0 { HeaderPolicy::five9() } else { HeaderPolicy::synthflow() };
    policy.cap = usize::from(choice >> 4);
    let mut fields: Vec<(&[u8], &[u8])> = Vec::new();
    for line in lines.split(|octet| *octet == b'\n') {
        let at = |wanted: u8| line.iter().position(|octet| *octet == wanted);
        match (at(b':'), at(b'>')) {
            (Some(at), _) => fields.push((&line[..at], &line[at + 1..])),
            (None, Some(at)) => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                policy.rename.push((text(&line[..at]), text(&line[at + 1..])));
            }
            (None, None) => {}
        }
    }
    let moments = [Moment::Invite, Moment::Response, Moment::InDialog, Moment::Bye];
    for moment in moments {
        let carried = policy.carry(moment, fields.iter().copied());
        let limit = match (moment, policy.bye_limit) {
            (Moment::Bye, Some(limit)) => limit.min(policy.cap),
            _ => policy.cap,
        };
        assert!(carried.headers.len() <= limit);
        let passing = fields.iter().filter(|(name, _)| policy.passes(moment, name)).count();
        assert_eq!(carried.headers.len() + carried.left_over.len(), passing);
        let mut rest = fields.iter();
        for (name, value) in &carried.headers {
            let name =
                HeaderName::new(std::str::from_utf8(name).expect("a name that is sent is text"));
            assert!(!name.expect("a name that is sent is a token").is_stack_owned());
            assert!(rest.any(|(_, other)| other == value), "wire order, octet by octet");
        }
        for (name, _) in fields.iter().filter(|(name, _)| policy.passes(moment, name)) {
            assert!(!name.to_ascii_lowercase().starts_with(b"x-siptrunk-"));
        }
    }
    let context = CallContext::from_headers(fields.iter().copied(), Synthflow::X_EI);
    assert!(policy.carry_invite(fields.iter().copied(), &context).headers.len() <= policy.cap);
});
