//! Call context: the X-EI value, the `X-` headers and the Diversion of one message.

use crate::error::ContextError;
use crate::original::{OriginalCaller, OriginalSource, original_caller_in};
use crate::x_ei::XEi;

/// One context header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable<'a> {
    name: &'a str,
    value: &'a [u8],
}

impl<'a> Variable<'a> {
    /// A header to be written: name and value by the strict rules.
    ///
    /// # Errors
    /// As [`context_name`] and [`context_value`].
    pub fn new(name: &'a str, value: &'a [u8]) -> Result<Self, ContextError> {
        Ok(Self { name: context_name(name)?, value: context_value(value)? })
    }

    /// The name as spelled: case matters to who reads it.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The value's bytes.
    pub fn value(&self) -> &'a [u8] {
        self.value
    }

    /// The value, if it is UTF-8.
    pub fn to_str(&self) -> Option<&'a str> {
        std::str::from_utf8(self.value).ok()
    }

    /// Whether name and value keep the strict rules; one that came over the wire may not.
    pub fn is_strict(&self) -> bool {
        Self::new(self.name, self.value).is_ok()
    }
}

/// What [`CallContext::from_headers_with`] takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an X-EI value.
    pub x_ei: usize,
    /// How many variables.
    pub variables: usize,
}

/// 8,192 bytes of X-EI, 128 variables.
impl Default for Limits {
    fn default() -> Self {
        Self { x_ei: XEi::LIMIT, variables: 128 }
    }
}

/// What one message says about its call.
///
/// ```
/// use siptrunk_xei::{CallContext, SAFE_UDP_SIZE, Variable, XEi};
///
/// let context = CallContext::default()
///     .with_x_ei(XEi::parse(b"E.crm456;")?)
///     .with_variable(Variable::new("X-Customer-Name", b"Jane Doe")?)?;
/// // An INVITE that has 900 bytes without its context still goes into one datagram.
/// assert_eq!(context.check_size("X-EI", 900, SAFE_UDP_SIZE)?, 944);
/// let fields: Vec<_> = context.headers("X-EI").collect();
/// assert_eq!(fields, [("X-EI", &b"E.crm456;"[..]), ("X-Customer-Name", b"Jane Doe")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallContext<'a> {
    x_ei: Option<XEi<'a>>,
    variables: Vec<Variable<'a>>,
    diversion: Option<&'a str>,
    left_out: usize,
}

impl<'a> CallContext<'a> {
    /// Reads the headers of a message: the first one named `x_ei_name` (without regard to case)
    /// as X-EI, every other one that begins with `X-` or `x-` as a variable, in wire order; and the
    /// topmost Diversion (RFC 5806), if it is text.
    ///
    /// What does not fit into the default [`Limits`] stays out: see [`CallContext::left_out`].
    pub fn from_headers(
        headers: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
        x_ei_name: &str,
    ) -> Self {
        Self::from_headers_with(headers, x_ei_name, &Limits::default())
    }

    /// As [`CallContext::from_headers`], within limits of one's own.
    pub fn from_headers_with(
        headers: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
        x_ei_name: &str,
        limits: &Limits,
    ) -> Self {
        let mut context = Self::default();
        for (name, value) in headers {
            if name.eq_ignore_ascii_case(b"Diversion") {
                context.diversion = context.diversion.or_else(|| std::str::from_utf8(value).ok());
                continue;
            }
            let taken = if name.eq_ignore_ascii_case(x_ei_name.as_bytes()) {
                context.x_ei.is_none() && context.take_x_ei(value, limits)
            } else {
                match extension_name(name) {
                    Named::Other => continue,
                    Named::NotAscii => false,
                    Named::Extension(name) => context.take(Variable { name, value }, limits),
                }
            };
            if !taken {
                context.left_out = context.left_out.saturating_add(1);
            }
        }
        context
    }

    fn take_x_ei(&mut self, value: &'a [u8], limits: &Limits) -> bool {
        self.x_ei = XEi::parse_with(value, limits.x_ei).ok();
        self.x_ei.is_some()
    }

    fn take(&mut self, variable: Variable<'a>, limits: &Limits) -> bool {
        let fits = self.variables.len() < limits.variables;
        if fits {
            self.variables.push(variable);
        }
        fits
    }

    /// With this X-EI, instead of the one that is there.
    #[must_use]
    pub fn with_x_ei(mut self, x_ei: XEi<'a>) -> Self {
        self.x_ei = Some(x_ei);
        self
    }

    /// With this as the topmost Diversion, instead of the one that is there.
    #[must_use]
    pub fn with_diversion(mut self, diversion: &'a str) -> Self {
        self.diversion = Some(diversion);
        self
    }

    /// With one more variable, after those that are there.
    ///
    /// # Errors
    /// [`ContextError::Repeated`] if there is one of that name, in that spelling: only one of
    /// them could become the variable.
    pub fn with_variable(mut self, variable: Variable<'a>) -> Result<Self, ContextError> {
        if self.variables.iter().any(|there| there.name == variable.name) {
            return Err(ContextError::Repeated);
        }
        self.variables.push(variable);
        Ok(self)
    }

    /// The X-EI value, if there is one.
    pub fn x_ei(&self) -> Option<XEi<'a>> {
        self.x_ei
    }

    /// The topmost value of Diversion, if there is one. It is no header of
    /// [`CallContext::headers`]: whether it may pass is for a policy to say.
    pub fn diversion(&self) -> Option<&'a str> {
        self.diversion
    }

    /// The variables in wire order, repeated ones too.
    pub fn variables(&self) -> &[Variable<'a>] {
        &self.variables
    }

    /// How many headers were not read: an X-EI over the limit, each further X-EI, variables over
    /// the limit, `X-` names that are not ASCII.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// The variables that a reader with the strict rules drops, and why: a name or value that is
    /// not allowed, or a name that was there before.
    pub fn dropped(&self) -> impl Iterator<Item = (Variable<'a>, ContextError)> + '_ {
        self.variables.iter().enumerate().filter_map(|(at, variable)| {
            let before = self.variables.get(..at).unwrap_or_default();
            let error = match Variable::new(variable.name, variable.value) {
                Err(error) => error,
                Ok(_) if before.iter().any(|there| there.name == variable.name) => {
                    ContextError::Repeated
                }
                Ok(_) => return None,
            };
            Some((*variable, error))
        })
    }

    /// The value of the first variable with one of these names, in the order of the names and
    /// without regard to case.
    pub fn first_of<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<Variable<'a>> {
        names.into_iter().find_map(|name| {
            self.variables.iter().find(|variable| variable.name.eq_ignore_ascii_case(name)).copied()
        })
    }

    /// Who called at first, by the sources in that order; `diversion` is the topmost value of the
    /// message's Diversion, which is not an `X-` header. Values that are no text are passed over.
    pub fn original_caller(
        &self,
        order: &[OriginalSource],
        diversion: Option<&'a str>,
    ) -> Option<OriginalCaller<'a>> {
        let x_diversion = self.first_of(["X-Diversion"]).and_then(|variable| variable.to_str());
        original_caller_in(order, self.x_ei.as_ref(), diversion, x_diversion)
    }

    /// The headers to write: X-EI under that name, then the variables in order. A variable of
    /// that name stays out.
    pub fn headers<'n>(&self, x_ei_name: &'n str) -> impl Iterator<Item = (&'n str, &'a [u8])>
    where
        'a: 'n,
    {
        let x_ei = self.x_ei.map(|x_ei| (x_ei_name, x_ei.as_bytes()));
        let variables = self
            .variables
            .iter()
            .filter(move |variable| !variable.name.eq_ignore_ascii_case(x_ei_name));
        x_ei.into_iter().chain(variables.map(|variable| (variable.name, variable.value)))
    }

    /// Bytes that this context adds to a message whose X-EI header has that name.
    pub fn size_on_wire(&self, x_ei_name: &str) -> usize {
        self.headers(x_ei_name)
            .fold(0, |sum, (name, value)| sum.saturating_add(size_on_wire(name, value)))
    }

    /// Whether a message that has `others` bytes without this context stays within `limit` with
    /// it, as [`SAFE_UDP_SIZE`]; says how long it will be. Ask before sending: a longer INVITE
    /// over UDP is cut into fragments, which get lost.
    ///
    /// # Errors
    /// [`ContextError::TooLong`].
    pub fn check_size(
        &self,
        x_ei_name: &str,
        others: usize,
        limit: usize,
    ) -> Result<usize, ContextError> {
        let context = self.size_on_wire(x_ei_name);
        let size = others.saturating_add(context);
        if size > limit {
            return Err(ContextError::TooLong { size, context, limit });
        }
        Ok(size)
    }
}

/// The longest request that may go over UDP where the path's MTU is not known, in bytes
/// (RFC 3261 section 18.1.1).
pub const SAFE_UDP_SIZE: usize = 1_300;

/// Bytes of one header line: name, colon, space, value, CRLF.
pub fn size_on_wire(name: &str, value: &[u8]) -> usize {
    name.len().saturating_add(value.len()).saturating_add(4)
}

/// Checks a context header's name: `^X-[A-Za-z0-9\-_]+$`, with a capital X.
///
/// # Errors
/// [`ContextError::Prefix`] or [`ContextError::Name`].
pub fn context_name(name: &str) -> Result<&str, ContextError> {
    let rest = name.strip_prefix("X-").filter(|rest| !rest.is_empty());
    let rest = rest.ok_or(ContextError::Prefix)?;
    match rest.bytes().enumerate().find(|(_, byte)| !is_name_byte(*byte)) {
        Some((at, byte)) => Err(ContextError::Name { offset: at.saturating_add(2), byte }),
        None => Ok(name),
    }
}

/// Checks a context header's value: no CR, LF or NUL.
///
/// # Errors
/// [`ContextError::Value`].
pub fn context_value(value: &[u8]) -> Result<&[u8], ContextError> {
    match memchr::memchr3(b'\r', b'\n', 0, value) {
        Some(offset) => {
            let byte = value.get(offset).copied().unwrap_or_default();
            Err(ContextError::Value { offset, byte })
        }
        None => Ok(value),
    }
}

enum Named<'a> {
    Extension(&'a str),
    NotAscii,
    Other,
}

fn extension_name(name: &[u8]) -> Named<'_> {
    match (name, std::str::from_utf8(name)) {
        ([b'X' | b'x', b'-', _, ..], Ok(text)) if text.is_ascii() => Named::Extension(text),
        ([b'X' | b'x', b'-', _, ..], _) => Named::NotAscii,
        _ => Named::Other,
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
