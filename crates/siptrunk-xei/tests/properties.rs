//! Properties: nothing is lost, nothing panics, what we write needs no forgiveness.

use proptest::prelude::*;
use siptrunk_xei::{
    CallContext, ContextError, Variable, XEi, decode_uri_component, diverting_user,
    encode_uri_component, original_caller,
};

fn value() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[^;\\x00-\\x1f\\x7f]{1,24}")
}

proptest! {
    #[test]
    fn written_values_read_back(s in value(), e in value(), o in value()) {
        let mut builder = XEi::builder();
        if let Some(s) = &s { builder = builder.call_id(s).unwrap(); }
        if let Some(o) = &o { builder = builder.original(o).unwrap(); }
        if let Some(e) = &e { builder = builder.external_id(e).unwrap(); }
        let mut buffer = [0; 512];
        let length = builder.write_into(&mut buffer).unwrap();
        let text = builder.to_string();
        prop_assert_eq!(text.as_bytes(), &buffer[..length]);
        let read = XEi::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(read.call_id(), s.as_deref());
        prop_assert_eq!(read.external_id(), e.as_deref());
        prop_assert_eq!(read.original(), o.as_deref());
        prop_assert_eq!(read.forgiven().count(), 0);
    }

    #[test]
    fn any_bytes_are_kept(text in prop::collection::vec(prop_oneof![any::<u8>(), Just(b';'), Just(b'.'), Just(b'S'), Just(b'e'), Just(b' ')], 0..80)) {
        let read = XEi::parse(&text).unwrap();
        prop_assert_eq!(read.as_bytes(), &text[..]);
        for token in read.tokens() {
            prop_assert!(!token.value().contains(&b';'));
        }
        for finding in read.forgiven() {
            let _ = finding.to_string();
        }
        // Strict text is exactly what the builder would write, up to order.
        if read.forgiven().next().is_none() && !text.is_empty() {
            let again: Vec<u8> = read.tokens().flat_map(|t| [t.prefix().as_bytes(), b".", t.value(), b";"].concat()).collect();
            prop_assert_eq!(&again, &text);
        }
        let _ = CallContext::from_headers([(&text[..], &text[..])], "X-EI");
    }

    /// Reading what was written gives the same context, and of untouched headers the same bytes.
    #[test]
    fn context_reads_back(
        names in prop::collection::vec("X-[A-Za-z0-9_-]{1,8}", 0..12),
        values in prop::collection::vec("[^\\x00\\r\\n]{0,12}", 12),
        x_ei in prop::option::of("[SEO]\\.[^;\\x00-\\x1f\\x7f]{1,8};"),
    ) {
        let mut context = CallContext::default();
        if let Some(x_ei) = &x_ei {
            context = context.with_x_ei(XEi::parse(x_ei.as_bytes()).unwrap());
        }
        for (name, value) in names.iter().zip(&values) {
            let variable = Variable::new(name, value.as_bytes()).unwrap();
            let is_new = !context.variables().iter().any(|there| there.name() == name);
            match context.clone().with_variable(variable) {
                Ok(longer) => { prop_assert!(is_new); context = longer; }
                Err(error) => prop_assert_eq!((error, is_new), (ContextError::Repeated, false)),
            }
        }
        prop_assume!(!names.iter().any(|name| name.eq_ignore_ascii_case("X-Context")));
        let wire: Vec<u8> = context
            .headers("X-Context")
            .flat_map(|(name, value)| [name.as_bytes(), b": ", value, b"\r\n"].concat())
            .collect();
        prop_assert_eq!(context.size_on_wire("X-Context"), wire.len());
        let fields = context.headers("X-Context").map(|(name, value)| (name.as_bytes(), value));
        let read = CallContext::from_headers(fields, "X-Context");
        prop_assert_eq!(read.dropped().count(), 0);
        prop_assert_eq!(read, context);
    }

    #[test]
    fn encoding_turns_back(text in prop::collection::vec(any::<u8>(), 0..80)) {
        let encoded = encode_uri_component(&text).to_string();
        prop_assert_eq!(decode_uri_component(encoded.as_bytes()).unwrap(), &text[..]);
        let _ = decode_uri_component(&text);
    }

    #[test]
    fn any_diversion_gives_a_part_of_itself(text in "\\PC{0,60}") {
        prop_assert!(text.contains(diverting_user(&text)));
        let _ = original_caller(None, Some(&text), Some(&text));
    }
}
