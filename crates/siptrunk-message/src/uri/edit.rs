//! Changing one parameter among those of a URI, and leaving every octet of the others as it is.

use super::unescape;

/// What becomes of the parameters of a name.
pub(super) struct Edit<'a> {
    pub(super) name: &'a str,
    /// What stands in their place, its semicolon included; nothing takes them away.
    pub(super) written: &'a str,
}

impl Edit<'_> {
    /// Appends `params` to `out`, with `written` in place of the first of that name, or at the end. How many there are.
    pub(super) fn apply(&self, out: &mut String, params: &str) -> u16 {
        let mut count = 0_u16;
        let mut pending = Some(self.written).filter(|written| !written.is_empty());
        for param in params.split(';').filter(|param| !param.is_empty()) {
            let other = param.split('=').next().unwrap_or_default();
            if !unescape(other).eq_ignore_ascii_case(self.name) {
                out.push(';');
                out.push_str(param);
            } else if let Some(written) = pending.take() {
                out.push_str(written);
            } else {
                continue;
            }
            count = count.saturating_add(1);
        }
        if let Some(written) = pending {
            out.push_str(written);
            count = count.saturating_add(1);
        }
        count
    }
}
