//! Looks at one zone, one after the other, under a clock that is wound by hand.

use super::judged::Judged;
use super::world::{Server, World};
use crate::judge::History;
use crate::plan::ComparisonRules;

/// What was seen so far.
#[derive(Default)]
pub(super) struct Story {
    history: History,
    rules: Option<fn(&mut ComparisonRules)>,
}

impl Story {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn rules(self, change: fn(&mut ComparisonRules)) -> Self {
        Self { rules: Some(change), ..self }
    }

    /// Looks at a primary and a secondary.
    pub(super) fn look(&mut self, second: u64, primary: Server, secondary: Server) -> Judged {
        self.look_at(second, World::new().primary(primary).secondary(secondary))
    }

    /// Looks at a world, and remembers what is seen.
    pub(super) fn look_at(&mut self, second: u64, world: World) -> Judged {
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
