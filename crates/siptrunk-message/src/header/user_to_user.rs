//! User-to-User (RFC 7433): what one user's equipment tells the other's, one element each.

use std::borrow::Cow;
use std::fmt::Write;

use nom::IResult;

use super::bricks::{free_params, params_header};
use crate::grammar::{At, fail, quoted, token, write_line};
use crate::params::{Params, unquote};

params_header! {
    /// User-to-user data, and what they are.
    ///
    /// ```
    /// use siptrunk_message::UserToUser;
    ///
    /// let data = UserToUser::hex(b"\x04id").with_purpose("isdn-uui");
    /// assert_eq!(data.to_string(), "046964;encoding=hex;purpose=isdn-uui");
    /// ```
    UserToUser { data: Cow<'a, str> } = USER_TO_USER;
    list: true, may_be_empty: false, grammar: data;
}
free_params!(UserToUser);

impl UserToUser<'_> {
    /// Octets, written in hexadecimal with `encoding=hex`.
    pub fn hex(octets: &[u8]) -> UserToUser<'static> {
        let digits = octets.iter().fold(String::new(), |mut digits, octet| {
            // Writing to a String does not fail.
            let _ = write!(digits, "{octet:02x}");
            digits
        });
        // No octets are no token.
        let data = if digits.is_empty() { "\"\"".to_owned() } else { digits };
        UserToUser { data: data.into(), params: Params::none().with("encoding", Some("hex")) }
    }

    /// Sets the package that the data are of (`purpose`).
    #[must_use]
    pub fn with_purpose(self, package: &str) -> Self {
        self.with_param("purpose", Some(package))
    }

    /// The data without quotes and quoted pairs, in their encoding.
    pub fn data(&self) -> Cow<'_, str> {
        unquote(&self.data)
    }

    /// The octets of the data, if their encoding is `hex` (also where none is named: RFC 7433 5) and they follow it.
    pub fn octets(&self) -> Option<Vec<u8>> {
        if !self.encoding().unwrap_or("hex").eq_ignore_ascii_case("hex") {
            return None;
        }
        let data = self.data();
        let (pairs, []) = data.as_bytes().as_chunks::<2>() else {
            return None;
        };
        let digit =
            |octet: u8| char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        pairs.iter().map(|[high, low]| Some((digit(*high)? << 4) | digit(*low)?)).collect()
    }

    /// The package that the data are of: `isdn-uui`...
    pub fn purpose(&self) -> Option<&str> {
        self.param("purpose").flatten()
    }

    /// What the data are within their package.
    pub fn content(&self) -> Option<&str> {
        self.param("content").flatten()
    }

    /// How the data are written.
    pub fn encoding(&self) -> Option<&str> {
        self.param("encoding").flatten()
    }
}

/// `token / quoted-string`, with its quotes; on one line, if it came with folds.
fn data(input: &[u8]) -> IResult<&[u8], Cow<'_, str>, At<'_>> {
    if input.first() != Some(&b'"') {
        return token(input).map(|(rest, text)| (rest, Cow::Borrowed(text)));
    }
    let (rest, text) = quoted(input)?;
    let Ok(text) = std::str::from_utf8(text) else {
        return fail(input, "the data are not UTF-8");
    };
    if memchr::memchr3(b'\r', b'\n', 0, text.as_bytes()).is_none() {
        return Ok((rest, Cow::Borrowed(text)));
    }
    let mut line = String::with_capacity(text.len());
    // Writing to a String does not fail.
    let _ = write_line(&mut line, text);
    Ok((rest, Cow::Owned(line)))
}
