//! P037 to P039 and P090: tokens, methods, registrations and challenges of who calls. F-26, 2026-06-05.

use siptrunk_message::{HeaderName, Method};

use crate::VerifySource;
use crate::lint::Report;

pub(crate) fn check(report: &mut Report<'_>) {
    for (section, trunk) in report.trunks() {
        let inbound = &trunk.inbound;
        if let Some(token) = &inbound.vendor_token {
            let name = HeaderName::new(&token.header);
            if name.is_ok_and(|name| !name.is_stack_owned()) {
                if token.value.is_empty() {
                    report.error(
                        "P037",
                        (section, "inbound.vendor_token"),
                        "the token is empty, and an empty token proves nothing",
                        "write the token that the script or Five9 Support puts into the header",
                    );
                }
            } else {
                report
                    .error(
                        "P037",
                        (section, "inbound.vendor_token.header"),
                        "no header of the INVITE can hold a token under this name",
                        "write the name that the script or Five9 Support uses, as X-Vendor-Auth-Token",
                    )
                    .value(&token.header);
            }
        }
        if !inbound.methods.contains(&Method::INVITE) {
            report.error(
                "P038",
                (section, "inbound.methods"),
                "without INVITE no call of the trunk is taken",
                "add \"INVITE\", or drop methods",
            );
        }
        if inbound.registrar && inbound.digest.is_none() {
            report.error(
                "P039",
                (section, "inbound.registrar"),
                "without a password whoever reaches us could register, and get the trunk's calls",
                "write digest of [trunk.inbound], with the name and password that stand in Synthflow's form",
            );
        }
        if inbound.verify_source == VerifySource::Challenge && inbound.digest.is_none() {
            report
                .error(
                    "P090",
                    (section, "inbound.verify_source"),
                    "a challenge asks for a name and a password, and the trunk has none",
                    "write digest of [trunk.inbound], or verify_source = \"off\"",
                )
                .value("challenge");
        }
    }
}

#[cfg(test)]
mod tests {
    use siptrunk_message::Method;

    use crate::lint::testing::{codes, good};
    use crate::{Config, Five9, Generic, Trunk, VerifySource};

    fn with(trunk: Trunk) -> Config {
        good().trunk(trunk.name("other"))
    }

    fn generic() -> Trunk {
        Generic::new("192.0.2.1")
    }

    #[test]
    fn p037_a_token_that_proves_nothing() {
        let token =
            |header: &str, value: &str| with(Five9::partner("FRK").vendor_token(header, value));
        assert!(codes(&token("X-Vendor-Auth-Token", "s3cret")).is_empty());
        assert!(codes(&token("x-snc-param", "s3cret")).is_empty());
        assert_eq!(codes(&token("X-Vendor-Auth-Token", "")), ["P037"]);
        for header in ["", "X Y", "Via", "Content-Length"] {
            assert_eq!(codes(&token(header, "s3cret")), ["P037"], "{header}");
        }
        let findings = token("Via", "s3cret").lint();
        assert!(!format!("{findings:?}").contains("s3cret"));
    }

    #[test]
    fn p038_a_trunk_whose_calls_are_refused() {
        assert_eq!(codes(&with(generic().methods([Method::OPTIONS]))), ["P038"]);
        assert!(codes(&with(generic().methods([Method::INVITE]))).is_empty());
    }

    #[test]
    fn p039_a_registrar_that_asks_for_no_password() {
        assert_eq!(codes(&with(generic().registrar(true))), ["P039"]);
        assert!(codes(&with(generic().registrar(true).digest("synthflow", "s"))).is_empty());
        assert!(codes(&with(generic().registrar(false))).is_empty());
    }

    #[test]
    fn p090_a_challenge_that_nobody_can_answer() {
        let verified = |trunk: Trunk| codes(&with(trunk.verify_source(VerifySource::Challenge)));
        assert_eq!(verified(generic()), ["P090"]);
        assert!(verified(generic().digest("pbx", "s")).is_empty());
        assert!(codes(&with(generic().verify_source(VerifySource::Off))).is_empty());
    }
}
