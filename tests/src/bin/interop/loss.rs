//! Calls while packets are lost. `.ci/lossy` plays this in a network of its own that loses some; it is
//! played only by name.

use std::time::Duration;

use crate::gateway::{Gateway, Setup};
use crate::scenarios::{AGENT, Scenario};
use crate::sipp::Part;
use crate::stage::Stage;

/// The scenario that a run without names leaves out: nothing is lost there.
pub(crate) const NAME: &str = "through-loss";

pub(crate) const SCENARIOS: &[Scenario] = &[Scenario { name: NAME, play: through_loss }];

/// Every call succeeds, and some messages had to be sent again for it.
fn through_loss(stage: &Stage<'_>) -> Result<String, String> {
    const CALLS: usize = 20;
    let limit = Duration::from_secs(60);
    let caller = Part { limit, ..Part::caller("caller-through-loss.xml", stage.five9, AGENT) };
    let caller = Part { calls: CALLS, ..caller };
    let callee = Part { limit, ..Part::callee("callee-through-loss.xml", stage.synthflow) };
    let callee = Part { calls: CALLS, ..callee };

    let gateway = Gateway::start(stage, &Setup::default())?;
    let answering = callee.start(stage)?;
    let calling = caller.start(stage)?;
    let (calling, answering) = (calling.finish()?, answering.finish()?);
    let output = gateway.stop_idle()?;
    let answered = output.lines().filter(|line| line.contains(" answered")).count();
    if answered != CALLS {
        return Err(format!("only {answered} of {CALLS} calls were answered"));
    }
    let again = calling.repeated() + answering.repeated();
    if again == 0 {
        return Err("no message was sent again: nothing was lost".to_owned());
    }
    Ok(format!("{answered} calls, {again} messages sent again by SIPp"))
}
