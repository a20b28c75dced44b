//! A certificate authority for one scenario.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};

use crate::stage::Stage;

/// Writes `authority.pem`, and for each owner `OWNER.pem` and `OWNER.key` for the name given with it.
pub(crate) fn certify(stage: &Stage<'_>, owners: &[(&str, &str)]) -> Result<(), String> {
    let failed = |error: rcgen::Error| format!("making certificates: {error}");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "an authority of the interop run");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().map_err(failed)?;
    let authority = CertifiedIssuer::self_signed(params, key).map_err(failed)?;
    stage.write("authority.pem", &authority.pem())?;
    for (owner, name) in owners {
        let params = CertificateParams::new([(*name).to_owned()]).map_err(failed)?;
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&key, &authority).map_err(failed)?;
        stage.write(&format!("{owner}.pem"), &certificate.pem())?;
        stage.write(&format!("{owner}.key"), &key.serialize_pem())?;
    }
    Ok(())
}
