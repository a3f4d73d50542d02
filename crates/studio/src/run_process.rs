//! Starting, stopping, resuming and deleting runs. A run is a child process of its own.
//!
//! The child gets its own process group and files for its output, so closing the tab or stopping the studio does
//! not touch it; the folder it writes is all that anybody needs to follow it. Stopping is SIGINT, upon which the
//! training process saves a checkpoint. A second one would end it without, so who was told is noted in a file: another studio,
//! or the next one, may be asked to stop the same run.
//!
//! Not here: what the run does. The command line is the contract (`sanjie train`).

use crate::App;
use crate::failure::{Failure, StudioError, because, refused};
use crate::recipes::{Settings, as_toml};
use crate::runs::{Launch, RunFolder, RunState};
use messages::Lang;
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use train::data::DataError;
use train::recipe::presets;

/// Trainings of one studio at a time. Even two share the processor's time, but each needs its own memory: a page that
/// repeats its request shall not use up the machine's.
const TRAININGS_MAX: usize = 16;

/// What to start.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct StartRun {
    /// A built-in recipe.
    pub recipe: String,
    /// Changes to it, by dotted key.
    #[serde(default)]
    #[ts(type = "Record<string, number | string | boolean>")]
    pub settings: Settings,
    /// A text file or folder to learn from, where the recipe does not bring its own.
    #[serde(default)]
    #[ts(optional)]
    pub data: Option<String>,
    /// Whether to measure where the time goes, operation by operation.
    #[serde(default)]
    #[ts(as = "Option<bool>", optional)]
    pub profile: bool,
}

/// How far to go on.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct ResumeRun {
    /// A larger total number of steps; without it the run goes on to the planned end.
    #[serde(default)]
    #[ts(optional)]
    pub steps: Option<u32>,
}

/// Proof that the person meant this run.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct DeleteRun {
    /// The run's name once more.
    pub confirm: String,
}

/// The training processes that this server started: their ids while they live, nothing when they have ended.
#[derive(Clone, Default)]
pub(crate) struct Children(Arc<Mutex<HashMap<String, Option<i32>>>>);

impl Children {
    pub fn pid_of(&self, id: &str) -> Option<i32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied().flatten()
    }

    /// Whether the run's last process was ours, so that we know when it ended.
    pub fn knows(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }

    fn n_living(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().flatten().count()
    }

    /// Starts `command` as the process of run `id`, and knows when it ends.
    fn spawn(&self, id: &str, command: &mut Command) -> io::Result<()> {
        // Held while the child starts: it cannot end before it is listed.
        let mut children = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut child = command.spawn()?;
        children.insert(id.to_string(), Some(child.id().cast_signed()));
        drop(children);
        let (list, id) = (self.clone(), id.to_string());
        std::thread::spawn(move || {
            // Waiting reaps the process; how it ended is written in its folder.
            let _ = child.wait();
            list.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, None);
        });
        Ok(())
    }
}

impl App {
    /// Starts a recipe in a new run folder and returns the run's name.
    ///
    /// Fails with what is wrong with the recipe's settings before any process starts.
    pub(crate) fn start_run(&self, wanted: &StartRun, lang: Lang) -> Result<String, Failure> {
        if !presets().iter().any(|preset| preset.name == wanted.recipe) {
            return Err(StudioError::NoSuchRecipe { recipe: wanted.recipe.clone() }.into());
        }
        let changes: Vec<String> = wanted.settings.iter().map(change).collect();
        let recipe = train::Recipe::load(&wanted.recipe, &changes).map_err(|error| Failure::of(Arc::new(error)))?;
        let data = wanted.data.as_deref().filter(|data| !data.trim().is_empty()).map(whole_path);
        if let Some(data) = data.as_ref().filter(|data| !data.exists()) {
            return Err(StudioError::NoSuchData { path: data.display().to_string() }.into());
        }
        if let (None, None, Some(name)) = (&data, &recipe.data.path, &recipe.data.dataset)
            && train::data::find_dataset(name, &self.home).is_none()
        {
            return Err(refused(DataError::NoDataset { name: name.clone() }));
        }
        let launch = Launch {
            recipe: wanted.recipe.clone(),
            settings: wanted.settings.clone(),
            data: data.map(|data| data.display().to_string()),
            profile: wanted.profile,
            started_at: sys::unix_seconds() as f64,
        };
        let id = self.claim_name(&launch)?;
        let mut command = self.train_by(&launch, &id, lang);
        self.spawn(&id, &mut command).inspect_err(|_| self.forget_launch(&id))?;
        Ok(id)
    }

    /// Lets a run go on from its last checkpoint.
    pub(crate) fn resume_run(&self, folder: &RunFolder, wanted: &ResumeRun, lang: Lang) -> Result<(), Failure> {
        self.must_be_idle(folder)?;
        // The resolved recipe says everything, the text's place included; a run that never wrote it begins anew.
        let resolved = folder.path.join("recipe.toml");
        let mut command = match self.launch_of(&folder.id) {
            _ if resolved.is_file() => {
                let path = resolved.display().to_string();
                let steps: Vec<String> = wanted.steps.iter().map(|steps| format!("train.steps={steps}")).collect();
                let recipe = train::Recipe::load(&path, &steps).map_err(|error| Failure::of(Arc::new(error)))?;
                let checked = train::run_folder::check_resumable(&folder.path, &recipe);
                checked.map_err(|error| Failure::of(Arc::new(error)))?;
                self.train(&path, &folder.id, lang)
            }
            Some(launch) => self.train_by(&launch, &folder.id, lang),
            None => return Err(StudioError::NothingToResume { run: folder.id.clone() }.into()),
        };
        command.arg("--resume");
        if let Some(steps) = wanted.steps {
            command.arg("--set").arg(format!("train.steps={steps}"));
        }
        Ok(self.spawn(&folder.id, &mut command)?)
    }

    /// Asks a run's process to save and end; asking again changes nothing.
    pub(crate) fn stop_run(&self, folder: &RunFolder) -> Result<(), StudioError> {
        let idle = || StudioError::RunIsIdle { run: folder.id.clone() };
        // A process id in a file may have been given to another program since; the lock proves that it was not.
        let pid = match self.children.pid_of(&folder.id) {
            Some(pid) => pid,
            None => folder.status().filter(|_| folder.is_locked()).ok_or_else(idle)?.pid,
        };
        if self.is_told(&folder.id, pid) {
            return Ok(());
        }
        kill_process(Pid::from_raw(pid).ok_or_else(idle)?, Signal::INT).map_err(|_| idle())
    }

    /// Whether the process of run `id` was asked to stop before, by any studio; from now on it was.
    fn is_told(&self, id: &str, pid: i32) -> bool {
        let (path, pid) = (self.told_path(id), pid.to_string());
        let _ = fs::create_dir_all(self.launches_path());
        // An empty one is being written.
        let is_of_another = |told: String| !told.is_empty() && told != pid;
        if fs::read_to_string(&path).is_ok_and(is_of_another) {
            let _ = fs::remove_file(&path);
        }
        // Whoever makes the file tells the process. On a full disk, which a person wants to stop a run for, there is none.
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                if io::Write::write_all(&mut file, pid.as_bytes()).is_err() {
                    let _ = fs::remove_file(&path);
                }
                false
            }
            Err(error) => error.kind() == io::ErrorKind::AlreadyExists,
        }
    }

    /// Removes a run and all its files.
    pub(crate) fn delete_run(&self, folder: &RunFolder, confirmed: &DeleteRun) -> Result<(), StudioError> {
        if confirmed.confirm != folder.id {
            return Err(StudioError::NotConfirmed { run: folder.id.clone() });
        }
        self.must_be_idle(folder)?;
        match fs::remove_dir_all(&folder.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StudioError::file(&folder.path, &error));
            }
            _ => {}
        }
        self.forget_launch(&folder.id);
        Ok(())
    }

    fn must_be_idle(&self, folder: &RunFolder) -> Result<(), StudioError> {
        match self.state_of(folder, folder.status().as_ref()) {
            RunState::Starting | RunState::Running => Err(StudioError::RunIsBusy { run: folder.id.clone() }),
            _ => Ok(()),
        }
    }

    /// Takes the first free name `recipe-1`, `recipe-2`, ...; the launch record is the claim.
    fn claim_name(&self, launch: &Launch) -> Result<String, StudioError> {
        let folder = self.launches_path();
        fs::create_dir_all(&folder).map_err(|error| StudioError::file(&folder, &error))?;
        let record = serde_json::to_vec_pretty(launch).expect("a launch is plain data");
        for number in 1u32.. {
            let id = format!("{}-{number}", launch.recipe);
            let path = folder.join(format!("{id}.json"));
            if self.runs_path().join(&id).exists() {
                continue;
            }
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    io::Write::write_all(&mut file, &record).map_err(|error| StudioError::file(&path, &error))?;
                    return Ok(id);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(StudioError::file(&path, &error)),
            }
        }
        unreachable!("a folder holds fewer than 2^32 names")
    }

    fn forget_launch(&self, id: &str) {
        for ending in ["json", "out", "err", "failure", "stage", "told"] {
            let _ = fs::remove_file(self.launches_path().join(format!("{id}.{ending}")));
        }
    }

    fn train_by(&self, launch: &Launch, id: &str, lang: Lang) -> Command {
        let mut command = self.train(&launch.recipe, id, lang);
        if let Some(data) = &launch.data {
            command.arg("--data").arg(data);
        }
        for setting in &launch.settings {
            command.arg("--set").arg(change(setting));
        }
        if launch.profile {
            command.arg("--profile");
        }
        command
    }

    fn train(&self, recipe: &str, id: &str, lang: Lang) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["train", recipe, "--json", "--lang", lang.tag(), "--out"]).arg(self.runs_path().join(id));
        command.arg("--failure").arg(self.failure_path(id)).arg("--stage").arg(self.stage_path(id));
        command.env("SANJIE_HOME", &self.home);
        command
    }

    /// Gives the child its own process group and output files, and starts it.
    fn spawn(&self, id: &str, command: &mut Command) -> Result<(), StudioError> {
        if self.children.n_living() >= TRAININGS_MAX {
            return Err(StudioError::TooManyRuns { limit: TRAININGS_MAX });
        }
        let folder = self.launches_path();
        fs::create_dir_all(&folder).map_err(|error| StudioError::file(&folder, &error))?;
        // Those of the process before say nothing about this one.
        for path in [self.failure_path(id), self.stage_path(id), self.told_path(id)] {
            let _ = fs::remove_file(path);
        }
        command.stdin(Stdio::null()).process_group(0);
        command.stdout(output(&folder.join(format!("{id}.out")))?);
        command.stderr(output(&self.output_path(id))?);
        self.children.spawn(id, command).map_err(|error| StudioError::CannotStart {
            program: self.program.display().to_string(),
            cause: because(&error),
        })
    }
}

/// A setting as `--set` takes it.
fn change((key, value): (&String, &serde_json::Value)) -> String {
    format!("{key}={}", as_toml(value))
}

/// A path as a person types it: `~/` is their home, and the process that reads it may run elsewhere.
fn whole_path(typed: &str) -> PathBuf {
    let typed = typed.trim();
    let at_home = typed.strip_prefix("~/").zip(std::env::var_os("HOME"));
    let path = at_home.map_or_else(|| PathBuf::from(typed), |(rest, home)| Path::new(&home).join(rest));
    std::path::absolute(&path).unwrap_or(path)
}

/// A file for one process's output; that of the process before is overwritten.
fn output(path: &Path) -> Result<File, StudioError> {
    File::create(path).map_err(|error| StudioError::file(path, &error))
}
