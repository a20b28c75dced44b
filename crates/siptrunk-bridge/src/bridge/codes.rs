//! Which status the caller gets when the called side fails.
//!
//! A B2BUA must not carry every status: a 503 tells an SBC to take *us* out of service, a 401 asks
//! the caller for credentials of a realm it has nothing to do with, a redirect names hosts behind us.

use siptrunk_message::StatusCode;

/// How the called side failed, after every trunk of the route was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FarFailure {
    /// It answered with this final status.
    Status(StatusCode),
    /// It asked for credentials that we could not satisfy.
    Credentials,
    /// It never answered the INVITE (timer B).
    NoResponse,
    /// It rang and nobody answered.
    NoAnswer,
    /// No address could be found or reached.
    Unreachable,
}

/// The status for the caller, and whether it names a time to try again.
pub(crate) fn for_caller(failure: FarFailure) -> (StatusCode, bool) {
    let status = match failure {
        FarFailure::Status(status) => return (carried(status), false),
        FarFailure::Credentials => StatusCode::SERVER_INTERNAL_ERROR,
        FarFailure::NoResponse => StatusCode::SERVER_TIMEOUT,
        FarFailure::NoAnswer => StatusCode::TEMPORARILY_UNAVAILABLE,
        FarFailure::Unreachable => return (StatusCode::SERVICE_UNAVAILABLE, true),
    };
    (status, false)
}

/// What becomes of a final status of the called side.
fn carried(status: StatusCode) -> StatusCode {
    match status.code() {
        300..=399 => StatusCode::TEMPORARILY_UNAVAILABLE,
        403 | 404 | 410 | 480 | 484 | 486 | 488 => status,
        408 => StatusCode::SERVER_TIMEOUT,
        482 | 483 => StatusCode::TOO_MANY_HOPS,
        // 503 stays with us; 501, 505 and 513 speak of our request, not of the caller's.
        501 | 503 | 505 | 513 => StatusCode::SERVER_INTERNAL_ERROR,
        500..=699 => status,
        _ => StatusCode::SERVER_INTERNAL_ERROR,
    }
}

/// What becomes of the far side's answer to a request inside the call: told as it is, but for what
/// would speak of the near dialog, of this gateway or of credentials that are none of the near side's
/// business.
pub(crate) fn in_dialog(status: StatusCode) -> StatusCode {
    match status.code() {
        300..=399 | 401 | 407 | 408 | 421 | 481 | 494 | 503 => StatusCode::SERVER_INTERNAL_ERROR,
        _ => status,
    }
}

/// The value of a Reason field that tells the real status (RFC 3326).
pub(crate) fn reason(status: StatusCode) -> String {
    format!("SIP;cause={};text=\"{}\"", status.code(), status.reason())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_statuses() {
        // (called side, caller)
        let rows = [
            (300, 480),
            (302, 480),
            (380, 480),
            (400, 500),
            (402, 500),
            (403, 403),
            (404, 404),
            (405, 500),
            (406, 500),
            (408, 504),
            (410, 410),
            (413, 500),
            (415, 500),
            (416, 500),
            (420, 500),
            (421, 500),
            (422, 500),
            (480, 480),
            (481, 500),
            (482, 483),
            (483, 483),
            (484, 484),
            (485, 500),
            (486, 486),
            (487, 500),
            (488, 488),
            (491, 500),
            (493, 500),
            (500, 500),
            (501, 500),
            (502, 502),
            (503, 500),
            (504, 504),
            (505, 500),
            (513, 500),
            (580, 580),
            (600, 600),
            (603, 603),
            (604, 604),
            (606, 606),
        ];
        for (far, near) in rows {
            let far = StatusCode::new(far).unwrap();
            let (status, retry) = for_caller(FarFailure::Status(far));
            assert_eq!((status.code(), retry), (near, false), "{}", far.code());
        }
        let carried = [200, 202, 403, 404, 405, 415, 469, 488, 500, 501, 603];
        let hidden = [302, 401, 407, 408, 421, 481, 494, 503];
        let in_dialog = |status: u16| in_dialog(StatusCode::new(status).unwrap()).code();
        assert_eq!(carried.map(in_dialog), carried);
        assert_eq!(hidden.map(in_dialog), [500; 8]);
        assert_eq!(for_caller(FarFailure::NoResponse).0.code(), 504);
        assert_eq!(for_caller(FarFailure::NoAnswer).0.code(), 480);
        assert_eq!(for_caller(FarFailure::Credentials).0.code(), 500);
        assert_eq!(for_caller(FarFailure::Unreachable), (StatusCode::SERVICE_UNAVAILABLE, true));
    }
}
