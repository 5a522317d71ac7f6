//! The cast and everything it must perform before the scene begins.
//!
//! Owns the choice of voices, takes and efforts, and the budget of seconds. Does not perform: the grain bank does.

use super::casting::{self, kinds};
use super::config::{MAX_LEADS, check};
use super::needs::{self, Needs};
use super::people::{self, People};
use super::repertoire::Repertoire;
use super::writer::Writer;
use super::{CrowdConfig, CrowdError, LeaderConfig, Line, Role, SoloConfig};
use crate::grain::Recipe;
use crate::scene::Scene;
use crate::units::{SampleRate, Vec3};
use crate::voice::{TraitsConfig, Voice};

/// Most lines of a crowd.
const MAX_LINES: usize = 1000;
/// Share of the budget that what a performer may ask for may take beside the scene's own.
const EXTRA_BUDGET: f64 = 0.5;
/// Keys of people who are not part of the mass lie here, out of reach of any crowd.
const LEAD_KEY: u64 = 1 << 40;

/// What a plan is made from.
pub struct PlanInput<'a> {
    /// The crowd.
    pub crowd: &'a CrowdConfig,
    /// Who starts it, if anybody.
    pub leader: Option<&'a LeaderConfig>,
    /// Named voices.
    pub soloists: &'a [SoloConfig],
    /// Who may say what.
    pub lines: &'a [Line],
    /// What will be asked for.
    pub scene: &'a Scene,
    /// Places to listen from: people right beside them keep better time.
    pub listeners: &'a [Vec3],
    /// Plans also for what a performer may ask for beyond the scene. Nothing that the scene asks for changes by it.
    pub everything: bool,
    /// Key of all randomness.
    pub seed: u64,
    /// Frames per second.
    pub rate: SampleRate,
}

impl<'a> PlanInput<'a> {
    /// A crowd without leader, soloists and listeners, with seed 0, for just what the scene asks for.
    pub fn new(crowd: &'a CrowdConfig, lines: &'a [Line], scene: &'a Scene, rate: SampleRate) -> Self {
        Self {
            crowd,
            leader: None,
            soloists: &[],
            lines,
            scene,
            listeners: &[],
            everything: false,
            seed: 0,
            rate,
        }
    }
}

/// A crowd that knows who it is and what it must be able to say.
pub struct Plan {
    /// Voices. The leader and soloists come after the crowd's own.
    pub cast: Vec<Voice>,
    /// Orders for the grain bank; the index of each is the number of its grain.
    pub recipes: Vec<Recipe>,
    /// About how many seconds of sound that is.
    pub seconds: f64,
    pub(crate) config: CrowdConfig,
    pub(crate) people: People,
    pub(crate) leads: Vec<LeadPlan>,
    pub(crate) repertoire: Repertoire,
    /// The same with all that a performer may ask for.
    pub(crate) more: Option<Repertoire>,
    pub(crate) lines: Vec<LineFacts>,
    pub(crate) scene_lines: Vec<Option<u16>>,
    pub(crate) scene_leads: Vec<Option<u16>>,
    pub(crate) main: Option<u16>,
    pub(crate) seed: u64,
    pub(crate) rate: SampleRate,
}

/// What the running crowd needs to know of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineFacts {
    pub role: Role,
    /// Index of the only lead who says it.
    pub by: Option<u16>,
}

/// A leader or soloist.
#[derive(Clone, Debug)]
pub(crate) struct LeadPlan {
    pub name: String,
    pub at: Vec3,
    pub amp: f32,
    pub chants: bool,
    pub is_leader: bool,
}

impl Plan {
    /// Makes the cast and the list of everything to perform.
    ///
    /// # Errors
    /// [`CrowdError`] for numbers out of range, names that lead nowhere, and a chant without words.
    pub fn new(input: &PlanInput) -> Result<Self, CrowdError> {
        let config = input.crowd;
        config.check()?;
        for (what, count, limit) in
            [("lines", input.lines.len(), MAX_LINES), ("soloists", input.soloists.len(), MAX_LEADS - 1)]
        {
            if count > limit {
                return Err(CrowdError::TooMany { what, count, limit });
            }
        }
        let (leads, traits) = leads(input)?;
        let needs = Needs::of(input.scene, input.lines)?;
        let leader_at = input.leader.map(|l| l.at);
        let people = people::draw(config, leader_at, input.listeners, config.speakers, input.seed);
        let mut cast = casting::cast(config, input.seed);
        let speakers = cast.len();
        for (index, traits) in traits.iter().enumerate() {
            cast.push(Voice::pinned(input.seed, LEAD_KEY + index as u64, traits));
        }
        let (scene_lines, scene_leads) = resolve(input, &leads)?;
        let lines = input
            .lines
            .iter()
            .map(|l| {
                let by = l.config.by.as_deref().filter(|by| kinds(by).is_none());
                let lead = by.map(|by| lead_index(&leads, by)).transpose()?;
                Ok(LineFacts { role: l.config.role, by: lead })
            })
            .collect::<Result<Vec<_>, CrowdError>>()?;
        let mut writer = Writer::new(input, cast[..speakers].iter().map(|v| v.kind).collect());
        writer.order(&needs);
        writer.fit(config.budget_s);
        let mut repertoire = writer.write(&needs);
        writer.write_leads(&mut repertoire, &leads, &lines, false);
        // Behind all that the scene needs, so that no grain of the scene gets another number.
        let more = input.everything.then(|| {
            let extra = needs.beyond(input.lines);
            writer.order(&extra);
            writer.drop_known(&repertoire);
            writer.fit(EXTRA_BUDGET * config.budget_s);
            let mut more = repertoire.clone();
            more.join(writer.write(&extra));
            writer.write_leads(&mut more, &leads, &lines, true);
            more
        });
        Ok(Self {
            cast,
            seconds: writer.seconds,
            recipes: writer.recipes,
            config: config.clone(),
            people,
            leads,
            repertoire,
            more,
            lines,
            scene_lines,
            scene_leads,
            main: needs::main_chant(input.lines).map(|i| i as u16),
            seed: input.seed,
            rate: input.rate,
        })
    }

    /// How many people there are, the leader and soloists included.
    pub fn people(&self) -> usize {
        self.people.mouths.len() + self.leads.len()
    }

    /// Index among [`super::Crowd::people`] of a leader or soloist.
    pub fn person_of_lead(&self, name: &str) -> Option<u32> {
        self.lead_named(name).map(|lead| self.people.mouths.len() as u32 + u32::from(lead))
    }

    /// Index of a leader ("leader") or soloist for [`super::Order::who`].
    pub fn lead_named(&self, name: &str) -> Option<u16> {
        self.leads.iter().position(|l| l.name == name).map(|i| i as u16)
    }
}

fn leads(input: &PlanInput) -> Result<(Vec<LeadPlan>, Vec<TraitsConfig>), CrowdError> {
    let (mut leads, mut traits) = (Vec::new(), Vec::new());
    if let Some(leader) = input.leader {
        check("leader.amp", leader.amp, 0.0, 1.0)?;
        check("leader.effort", leader.effort, 0.0, 1.0)?;
        leads.push(LeadPlan {
            name: "leader".into(),
            at: leader.at,
            amp: leader.amp as f32,
            chants: leader.chants,
            is_leader: true,
        });
        traits.push(leader.traits.clone());
    }
    for (index, solo) in input.soloists.iter().enumerate() {
        check(&format!("solo[{index}].effort"), solo.effort, 0.0, 1.0)?;
        leads.push(LeadPlan {
            name: solo.name.clone(),
            at: solo.at,
            amp: 0.6,
            chants: solo.chants,
            is_leader: false,
        });
        traits.push(solo.traits.clone());
    }
    for lead in &leads {
        for value in [lead.at.x, lead.at.y, lead.at.z] {
            check(&format!("{}.at", lead.name), value, -20_000.0, 20_000.0)?;
        }
    }
    Ok((leads, traits))
}

fn lead_index(leads: &[LeadPlan], name: &str) -> Result<u16, CrowdError> {
    leads.iter().position(|l| l.name == name).map(|i| i as u16).ok_or_else(|| CrowdError::NoSoloist {
        name: name.into(),
        soloists: leads.iter().map(|l| l.name.clone()).collect(),
    })
}

/// Names of the scene as lines and as leads; every name that a beat or cue uses must exist.
#[allow(clippy::type_complexity)]
fn resolve(
    input: &PlanInput,
    leads: &[LeadPlan],
) -> Result<(Vec<Option<u16>>, Vec<Option<u16>>), CrowdError> {
    let names = input.scene.names();
    let (mut lines, mut people) = (vec![None; names.len()], vec![None; names.len()]);
    let used = input.scene.beats().iter().filter_map(|b| b.phrase);
    for name in used.chain(input.scene.cues().iter().filter_map(|c| c.line)) {
        lines[usize::from(name)] = Some(needs::named(input.lines, &names[usize::from(name)])? as u16);
    }
    for name in input.scene.cues().iter().filter_map(|c| c.who) {
        people[usize::from(name)] = Some(lead_index(leads, &names[usize::from(name)])?);
    }
    Ok((lines, people))
}
