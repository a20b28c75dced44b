//! An explanation as people read it.

use std::fmt;

use super::{Attempt, Explanation, JudgedRoute, Outcome};

/// Text of a peer: it does not reach a terminal as it came.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing");
        }
        self.0.escape_debug().fmt(f)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "From trunk {}: ", Shown(&self.from))?;
        writeln!(f, "{} calls {}", Shown(&self.caller), Shown(&self.dialed))?;
        for (what, value) in [("skill", &self.skill), ("user group", &self.user_group)] {
            if let Some(value) = value {
                writeln!(f, "  {what} {}", Shown(value))?;
            }
        }
        for route in &self.judged {
            write!(f, "{route}")?;
        }
        let others = self.routes - self.judged.len().min(self.routes);
        if others > 0 {
            writeln!(f, "{others} of {} routes ruled out or not reached", self.routes)?;
        }
        match &self.outcome {
            Outcome::Refused { status, why } => writeln!(f, "=> {status}: {}", Shown(why)),
            Outcome::Dialled { attempts, overflow, failover } => {
                for (index, attempt) in attempts.iter().enumerate() {
                    let label = if index == 0 { "=>" } else { "or, if that fails:" };
                    writeln!(f, "{label} {attempt}")?;
                }
                for attempt in overflow {
                    writeln!(f, "or, if a trunk is full: {attempt}")?;
                }
                if attempts.len() > 1 {
                    let codes: Vec<_> = failover.iter().map(ToString::to_string).collect();
                    writeln!(f, "failed is: unreachable, {}", codes.join(", "))?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for JudgedRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "route[{}]", self.number)?;
        if let Some(name) = &self.name {
            write!(f, " {}", Shown(name))?;
        }
        writeln!(f, ": {}", if self.takes { "takes the call" } else { "does not fit" })?;
        for condition in &self.conditions {
            let sign = if condition.holds { "+" } else { "-" };
            let (subject, wanted) = (Shown(&condition.subject), Shown(&condition.wanted));
            writeln!(f, "  {sign} {subject} {wanted}: here {}", Shown(&condition.found))?;
        }
        Ok(())
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, INVITE {}", Shown(&self.trunk), Shown(&self.request_uri))?;
        match self.max_calls {
            Some(max) => write!(f, " ({} of {max} calls)", self.calls)?,
            None => write!(f, " ({} calls)", self.calls)?,
        }
        for (name, value) in &self.headers {
            write!(f, "\n     {}: {}", Shown(name), Shown(value))?;
        }
        if !self.left_behind.is_empty() {
            let names: Vec<_> =
                self.left_behind.iter().map(|name| Shown(name).to_string()).collect();
            write!(f, "\n     over the limit: {}", names.join(", "))?;
        }
        Ok(())
    }
}
