//! Refer-To (RFC 3515 2.1): where a REFER sends its receiver.

use super::bricks::address_header;
use super::{Replaces, whole_header};
use crate::error::Malformed;
use crate::method::Method;
use crate::name::HeaderName;

address_header! {
    /// Where a REFER sends its receiver.
    ///
    /// ```
    /// use siptrunk_message::{Limits, Message, ReferTo};
    ///
    /// let text = "REFER sip:a@b SIP/2.0\r\nr: <sip:c@d?Replaces=7%40h%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n\r\n";
    /// let message = Message::parse(text.into(), &Limits::default())?;
    /// let refer: ReferTo<'_> = message.headers().require()?;
    /// assert_eq!(refer.replaces().unwrap()?.call_id(), "7@h");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ReferTo(pub NameAddr) = REFER_TO;
    list: false;
}

impl ReferTo<'_> {
    /// The method of the request that is asked for: `method` of the URI, else INVITE (RFC 3515 2.1). `None`: what is
    /// named is no method.
    pub fn method(&self) -> Option<Method> {
        match self.0.uri().as_sip().and_then(|uri| uri.param("method")) {
            None => Some(Method::INVITE),
            Some(name) => Method::from_bytes(name?.as_bytes()),
        }
    }

    /// The dialog that the request is to take the place of: `Replaces` in the URI's header part (RFC 3891 4), without
    /// escapes.
    pub fn replaces(&self) -> Option<Result<Replaces<'static>, Malformed>> {
        self.0.uri_header(&HeaderName::REPLACES, |value| {
            Ok(whole_header::<Replaces<'_>>(value)?.into_owned())
        })
    }
}
