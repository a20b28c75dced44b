//! What an INVITE brought besides a call, judged as Synthflow reads it.

use siptrunk_message::Headers;
use siptrunk_profiles::Synthflow;
use siptrunk_xei::{CallContext, Variable};

use crate::diagnosis::CallFailure;

/// The names that came, or what is wrong with them.
pub(super) fn judge(trunk: &str, headers: &Headers) -> Result<String, CallFailure> {
    let fields = headers.iter().map(|field| (field.raw_name(), field.value()));
    let context = CallContext::from_headers(fields, Synthflow::X_EI);
    if let Some(x_ei) = context.x_ei()
        && let Some(forgiven) = x_ei.forgiven().next()
    {
        return Err(CallFailure::BadXEi { why: format!("{forgiven:?} in it") });
    }
    let illegal = context.dropped().map(|(variable, _)| variable.name());
    // Names are compared by their case: whoever wrote X-CallANI does not find x-callani.
    let lowered = context.variables().iter().map(Variable::name);
    let lowered = lowered.filter(|name| name.starts_with("x-"));
    let mut names: Vec<String> = illegal.chain(lowered).map(str::to_owned).collect();
    names.dedup();
    if !names.is_empty() {
        return Err(CallFailure::ContextDropped { trunk: trunk.to_owned(), names });
    }
    let mut came: Vec<&str> = context.variables().iter().map(Variable::name).collect();
    came.extend(context.x_ei().map(|_| Synthflow::X_EI));
    if came.is_empty() {
        return Err(CallFailure::BadXEi { why: String::from("neither it nor any X- field came") });
    }
    Ok(came.join(", "))
}
