//! Consecutive checks of one zone, under a clock that is set by hand.

use super::judged::Judged;
use super::world::{Server, World};
use crate::judge::History;
use crate::plan::ComparisonRules;

/// Consecutive checks, and the history after the last.
#[derive(Default)]
pub(super) struct Checks {
    history: History,
    rules: Option<fn(&mut ComparisonRules)>,
}

impl Checks {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn rules(self, change: fn(&mut ComparisonRules)) -> Self {
        Self { rules: Some(change), ..self }
    }

    /// Checks a primary and a secondary.
    pub(super) fn check(&mut self, second: u64, primary: Server, secondary: Server) -> Judged {
        self.check_world(second, World::new().primary(primary).secondary(secondary))
    }

    /// Checks a world, and keeps the history.
    pub(super) fn check_world(&mut self, second: u64, world: World) -> Judged {
        let world = match self.rules {
            Some(change) => world.rules(change),
            None => world,
        };
        let judged = world.later(second, std::mem::take(&mut self.history)).judge();
        self.history = judged.history();
        judged
    }

    pub(super) fn history(&self) -> &History {
        &self.history
    }
}
