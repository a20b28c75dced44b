//! `a=rtcp:` where RTCP goes, if not to the port after RTP's (RFC 3605 section 2.1).

use std::fmt;

use super::{AttributeError, TypedAttribute};
use crate::address::Address;
use crate::grammar::Cursor;

/// A port for RTCP, and an address if it is not the one of RTP.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rtcp<'a> {
    /// The port.
    pub port: u16,
    /// The address, if one is said.
    pub address: Option<Address<'a>>,
}

impl<'a> TypedAttribute<'a> for Rtcp<'a> {
    const NAME: &'static str = "rtcp";

    fn parse(value: Option<&'a [u8]>) -> Result<Self, AttributeError> {
        let malformed = AttributeError::at(Self::NAME, "a port, and an address if another");
        let mut cursor = Cursor::new(value.unwrap_or_default());
        let port = cursor.number().map_err(&malformed)?;
        if cursor.end().is_ok() {
            return Ok(Self { port, address: None });
        }
        // `end` went past the space before the address.
        let at = cursor.stop();
        // A name of nothing or with a tab, as before the suffix of a multicast address, could not be written.
        let is_name =
            |name: &str| !name.is_empty() && !name.bytes().any(|octet| octet.is_ascii_control());
        let is_some = |address: &Address<'_>| match address {
            Address::Name(name) => is_name(name),
            Address::Ip(_) | Address::Foreign(_) => true,
        };
        let address = Address::from_words(cursor.rest()).filter(is_some);
        let address = address.ok_or(at).map_err(malformed)?;
        Ok(Self { port, address: Some(address) })
    }

    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", self.port)?;
        self.address.as_ref().map_or(Ok(()), |address| write!(out, " {address}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by fuzzing: an address of nothing but a suffix was read, and written as none.
    #[test]
    fn an_address_of_nothing_but_a_suffix_is_none() {
        assert!(Rtcp::parse(Some(b"9 IN IP6 /127")).is_err());
        assert!(Rtcp::parse(Some(b"9 IN IP6 a\t/127")).is_err());
        assert!(Rtcp::parse(Some(b"9 IN IP6 ff15::1/127")).is_ok());
    }
}
