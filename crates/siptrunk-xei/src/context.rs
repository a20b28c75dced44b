//! Call context: the X-EI value and the `X-` headers of one message.

use crate::error::ContextError;
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

/// What one message says about its call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallContext<'a> {
    x_ei: Option<XEi<'a>>,
    variables: Vec<Variable<'a>>,
}

impl<'a> CallContext<'a> {
    /// Reads the headers of a message: the first one named `x_ei_name` (without regard to case)
    /// as X-EI, every other one that begins with `X-` or `x-` as a variable, in wire order.
    ///
    /// An X-EI over [`XEi::LIMIT`] stays out; so does a name that is not ASCII.
    pub fn from_headers(
        headers: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
        x_ei_name: &str,
    ) -> Self {
        let mut context = Self::default();
        for (name, value) in headers {
            if name.eq_ignore_ascii_case(x_ei_name.as_bytes()) {
                if context.x_ei.is_none() {
                    context.x_ei = XEi::parse(value).ok();
                }
                continue;
            }
            if let Some(name) = extension_name(name) {
                context.variables.push(Variable { name, value });
            }
        }
        context
    }

    /// The X-EI value, if there is one.
    pub fn x_ei(&self) -> Option<XEi<'a>> {
        self.x_ei
    }

    /// The variables in wire order, repeated ones too.
    pub fn variables(&self) -> &[Variable<'a>] {
        &self.variables
    }

    /// The value of the first variable with one of these names, in the order of the names and
    /// without regard to case.
    pub fn first_of<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<Variable<'a>> {
        names.into_iter().find_map(|name| {
            self.variables.iter().find(|variable| variable.name.eq_ignore_ascii_case(name)).copied()
        })
    }

    /// Bytes that this context adds to a message whose X-EI header has that name.
    pub fn size_on_wire(&self, x_ei_name: &str) -> usize {
        let x_ei = self.x_ei.map_or(0, |x_ei| size_on_wire(x_ei_name, x_ei.as_bytes()));
        self.variables.iter().fold(x_ei, |sum, variable| {
            sum.saturating_add(size_on_wire(variable.name, variable.value))
        })
    }
}

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

fn extension_name(name: &[u8]) -> Option<&str> {
    let is_extension = matches!(name, [b'X' | b'x', b'-', _, ..]) && name.is_ascii();
    is_extension.then(|| std::str::from_utf8(name).ok()).flatten()
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
