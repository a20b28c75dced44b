//! What a fault of the Five9 end, or of an SBC behind it, makes of an INVITE.

use super::{CallPlan, Fault};
use crate::scripted::Header;

/// The number that is dialled, and the headers that go out.
pub(super) fn spoiled(fault: Fault, plan: &CallPlan, customer: &str) -> (String, Vec<Header>) {
    let mut headers = plan.headers.clone();
    let mut dialed = plan.dialed.clone();
    match fault {
        Fault::DialsCustomerNumber => customer.clone_into(&mut dialed),
        Fault::WithoutPlus => dialed = dialed.trim_start_matches('+').to_owned(),
        Fault::ContextStripped => headers.retain(|header| !header.is_extension()),
        Fault::ContextLowerCase => {
            for header in headers.iter_mut().filter(|header| header.is_extension()) {
                header.name.make_ascii_lowercase();
            }
        }
        Fault::ContextIllegalName => {
            for header in headers.iter_mut().filter(|header| header.name.starts_with("X-Call")) {
                header.name = header.name.replacen("X-Call", "X-Call.", 1);
            }
        }
        Fault::XEiEscapedTwice => {
            let value = x_ei(&mut headers);
            // Unescaped once, as the receiver of a URI does, this is what is left of %253B.
            *value = value.replace(';', "%3B").replace('+', "%2B");
        }
        Fault::XEiUnterminated => {
            let value = x_ei(&mut headers);
            *value = value.trim_end_matches(';').to_owned();
        }
        _ => {}
    }
    (dialed, headers)
}

/// The value of X-EI: the one that is there, or one with the external id that a script would send.
fn x_ei(headers: &mut Vec<Header>) -> &mut String {
    let known = headers.iter().position(|header| header.name.eq_ignore_ascii_case("X-EI"));
    let place = known.unwrap_or_else(|| {
        headers.push(Header::new("X-EI", "E.crm456;"));
        headers.len() - 1
    });
    &mut headers[place].value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fault: Fault) -> (String, Vec<Header>) {
        let plan = CallPlan::new("+1206", "+1415").without_headers();
        let plan = plan.header("X-EI", "E.7;O.+1800;").header("X-CallANI", "+1415");
        spoiled(fault, &plan.header("Diversion", "<sip:a@x>"), "+1800")
    }

    #[test]
    fn each_fault_spoils_what_it_is_about_and_nothing_else() {
        let names = |fault| -> Vec<String> {
            sent(fault).1.into_iter().map(|header| header.name).collect()
        };
        let all = ["X-EI", "X-CallANI", "Diversion"];
        assert_eq!(sent(Fault::DialsCustomerNumber).0, "+1800");
        assert_eq!(sent(Fault::WithoutPlus).0, "1206");
        assert_eq!(names(Fault::WithoutPlus), all);
        assert_eq!(names(Fault::ContextStripped), ["Diversion"]);
        assert_eq!(names(Fault::ContextLowerCase), ["x-ei", "x-callani", "Diversion"]);
        assert_eq!(names(Fault::ContextIllegalName), ["X-EI", "X-Call.ANI", "Diversion"]);
        assert_eq!(sent(Fault::XEiEscapedTwice).1[0].value, "E.7%3BO.%2B1800%3B");
        assert_eq!(sent(Fault::XEiUnterminated).1[0].value, "E.7;O.+1800");
        assert_eq!(sent(Fault::Silence), ("+1206".into(), sent(Fault::NoDtmf).1));
    }

    #[test]
    fn an_external_id_is_made_up_where_there_is_none_to_spoil() {
        let plan = CallPlan::new("+1206", "+1415").without_headers();
        let (_, headers) = spoiled(Fault::XEiUnterminated, &plan, "");
        assert_eq!(headers, [Header::new("X-EI", "E.crm456")]);
    }
}
