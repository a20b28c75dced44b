//! A message in words: every header long, unfolded and redacted, with the typed reads beside it.

use std::fmt;

use crate::header::typed_headers;
use crate::headers::Headers;
use crate::message::Message;

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
    for header in typed_headers() {
        for element in header.read(headers) {
            match element {
                Ok(text) => writeln!(f, "  {} = {}", header.name(), text.escape_default())?,
                Err(error) => writeln!(f, "  {}: {error}", header.name())?,
            }
        }
    }
    Ok(())
}
