//! A message in words: every header long, unfolded and redacted, with the typed reads beside it.

use std::fmt;

use crate::error::HeaderError;
use crate::header::{
    Accept, Allow, CSeq, CallId, ContentEncoding, ContentLength, ContentType, Diversion, Expires,
    Header, MaxForwards, MinExpires, NameAddr, ProxyRequire, Reason, Require, RetryAfter,
    Supported, Unsupported, Via, Warning,
};
use crate::headers::Headers;
use crate::message::Message;
use crate::name::HeaderName;

/// The message as text for people: its start line, its headers (credentials redacted, control characters
/// escaped), what each typed read makes of them, and the size of the body. One line a fact.
pub fn explain(message: &Message) -> impl fmt::Display + '_ {
    Explained(message)
}

struct Explained<'a>(&'a Message);

impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self.0.headers();
        match self.0 {
            Message::Request(request) => {
                writeln!(f, "{} {}", request.method(), request.uri().escape_ascii())?;
                match request.request_uri() {
                    Ok(uri) => writeln!(f, "  uri: {:?}, user {:?}", uri, uri.user())?,
                    Err(error) => writeln!(f, "  uri: {error}")?,
                }
            }
            Message::Response(response) => {
                writeln!(f, "{} {}", response.status(), response.reason().escape_ascii())?;
            }
        }
        for field in headers.iter() {
            let name = field.name();
            if name.is_secret() {
                writeln!(f, "{name}: <redacted>")?;
            } else {
                writeln!(f, "{name}: {}", field.value().escape_ascii())?;
            }
        }
        typed(headers, f)?;
        writeln!(f, "body: {} octets, {} trailing", self.0.body().len(), self.0.trailing())
    }
}

fn typed(headers: &Headers, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    list::<Via<'_>>(headers, f)?;
    for name in [HeaderName::FROM, HeaderName::TO] {
        one(&name, headers.address(&name), f)?;
    }
    for name in [
        HeaderName::ROUTE,
        HeaderName::RECORD_ROUTE,
        HeaderName::P_ASSERTED_IDENTITY,
        HeaderName::REFER_TO,
        HeaderName::REFERRED_BY,
    ] {
        addresses(&name, headers, f)?;
    }
    if headers.contact_is_star() {
        writeln!(f, "  Contact = *")?;
    } else {
        addresses(&HeaderName::CONTACT, headers, f)?;
    }
    one(&HeaderName::CALL_ID, headers.get::<CallId<'_>>(), f)?;
    one(&HeaderName::CSEQ, headers.get::<CSeq>(), f)?;
    one(&HeaderName::MAX_FORWARDS, headers.get::<MaxForwards>(), f)?;
    one(&HeaderName::CONTENT_LENGTH, headers.get::<ContentLength>(), f)?;
    one(&HeaderName::CONTENT_TYPE, headers.get::<ContentType<'_>>(), f)?;
    one(&HeaderName::EXPIRES, headers.get::<Expires>(), f)?;
    one(&HeaderName::MIN_EXPIRES, headers.get::<MinExpires>(), f)?;
    one(&HeaderName::RETRY_AFTER, headers.get::<RetryAfter<'_>>(), f)?;
    list::<ContentEncoding<'_>>(headers, f)?;
    list::<Require<'_>>(headers, f)?;
    list::<ProxyRequire<'_>>(headers, f)?;
    list::<Supported<'_>>(headers, f)?;
    list::<Unsupported<'_>>(headers, f)?;
    list::<Allow>(headers, f)?;
    list::<Accept<'_>>(headers, f)?;
    list::<Warning<'_>>(headers, f)?;
    list::<Diversion<'_>>(headers, f)?;
    list::<Reason<'_>>(headers, f)
}

fn list<'a, H: Header<'a> + fmt::Display>(
    headers: &'a Headers,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let name = H::name();
    for element in headers.all::<H>() {
        one(&name, element.map(Some), f)?;
    }
    Ok(())
}

fn addresses(name: &HeaderName, headers: &Headers, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for address in headers.name_addrs(name) {
        one::<NameAddr<'_>>(name, address.map(Some), f)?;
    }
    Ok(())
}

fn one<T: fmt::Display>(
    name: &HeaderName,
    read: Result<Option<T>, HeaderError>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    match read {
        Ok(None) => Ok(()),
        Ok(Some(value)) => {
            let text = value.to_string();
            writeln!(f, "  {name} = {}", text.escape_default())
        }
        Err(error) => writeln!(f, "  {name}: {error}"),
    }
}
