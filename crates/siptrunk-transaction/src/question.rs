//! Numbers of questions: one counter in the lowest core, so that parents pass them up unchanged.

/// Names one question of a core until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuestionId(u64);

/// The counter that [`QuestionId`]s come from.
///
/// It lives in the [`TransactionLayer`](crate::TransactionLayer); cores above ask it through
/// [`next_question_id`](crate::TransactionLayer::next_question_id), so no two questions share a
/// number. A core that stands alone (a scripted peer) owns one.
#[derive(Debug, Default)]
pub struct QuestionIds(u64);

impl QuestionIds {
    /// The next number; never the same twice.
    #[expect(clippy::should_implement_trait, reason = "numbers never end, so there is no Option")]
    pub fn next(&mut self) -> QuestionId {
        self.0 += 1;
        QuestionId(self.0)
    }
}
