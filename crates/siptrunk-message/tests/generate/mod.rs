//! Generated parts of messages, for the property tests.
#![allow(dead_code)] // Each test binary uses its own choice of these.

use proptest::prelude::*;
use siptrunk_message::{Host, HostPort, NameAddr, Number, Uri};

pub(crate) const TOKEN: &str = "[A-Za-z0-9.!%*_+`'~-]{1,12}";

pub(crate) fn host() -> impl Strategy<Value = Host<'static>> {
    prop_oneof![
        "[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\\.[a-z]([a-z0-9-]{0,8}[a-z0-9])?){1,2}"
            .prop_map(|name| name.parse().unwrap()),
        any::<std::net::Ipv4Addr>().prop_map(Host::V4),
        any::<std::net::Ipv6Addr>().prop_map(Host::V6),
    ]
}

pub(crate) fn host_port() -> impl Strategy<Value = HostPort> {
    (host(), any::<Option<u16>>()).prop_map(|(host, port)| HostPort { host, port })
}

/// Any text that a display name or a quoted value may be asked to hold.
pub(crate) fn text() -> impl Strategy<Value = String> {
    "\\PC{0,16}"
}

/// Names and values of parameters.
pub(crate) fn params() -> impl Strategy<Value = Vec<(String, Option<String>)>> {
    proptest::collection::vec((TOKEN, proptest::option::of(text())), 0..4)
}

pub(crate) fn uri() -> impl Strategy<Value = Uri<'static>> {
    let sip = (proptest::option::of(text()), host_port(), params()).prop_map(
        |(user, HostPort { host, port }, params)| {
            params.into_iter().fold(Uri::sip(user.as_deref(), &host, port), |uri, (name, value)| {
                uri.with_param(&name, value.as_deref())
            })
        },
    );
    let tel = "\\+[1-9][0-9]{0,14}".prop_map(|number| Number::parse(&number).unwrap().to_tel());
    let other = "[a-z][a-z0-9+.-]{0,8}:[!-;=?-~]{1,20}"
        .prop_filter("of another scheme", |text| {
            !["sip:", "sips:", "tel:"].iter().any(|scheme| text.starts_with(scheme))
                && !text.contains('"')
        })
        .prop_map(|text| text.parse().unwrap());
    prop_oneof![4 => sip, 1 => tel, 1 => other]
}

pub(crate) fn address() -> impl Strategy<Value = NameAddr<'static>> {
    (uri(), text(), proptest::option::of(TOKEN), params()).prop_map(|(uri, name, tag, params)| {
        let address = NameAddr::new(uri).with_display_name(&name);
        let address = params
            .into_iter()
            .fold(address, |address, (name, value)| address.with_param(&name, value.as_deref()));
        match tag {
            Some(tag) => address.with_tag(&tag),
            None => address,
        }
    })
}
