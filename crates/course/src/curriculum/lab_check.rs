//! Reads a lab's folder and checks its sheet against itself, so that grading meets no surprise.

use super::check::{known, unique, words};
use super::files::{CurriculumError, Files};
use super::{GraphTopic, Trap};
use crate::lab::{Check, CheckKind, Code, CodeFiles, Dim, Draw, Element, End, Holds, Lab, LabSheet, Step, Type};
use crate::{Expression, grade};

/// What small numbers count as in a tolerance, at most: with more, a check of numbers around 1 would hold nothing but their sign.
const LEAST_MAX: f64 = 100.0;

/// Fewer would not show that the checks tell wrong from right.
const MUTANTS_MIN: usize = 6;
/// Tiers 1 to 4.
const HINTS: usize = 4;

/// Reads and checks it.
pub(super) fn read(files: &Files, topic: &GraphTopic, id: &str, traps: &[Trap]) -> Result<Lab, CurriculumError> {
    let folder = format!("{}/labs/{id}", topic.id);
    let file = format!("{folder}/lab.toml");
    let sheet: LabSheet = files.toml(&file)?;
    let place = Place { files, file: &file };
    words(files, &file, "title", &sheet.title)?;
    // A key without a name says that something is forbidden, and nothing is.
    if sheet.forbid.as_ref().is_some_and(Vec::is_empty) {
        return place.bad("forbid", "≥ 1", 0);
    }
    unique(files, &file, "steps.id", sheet.steps.iter().map(|step| step.id.as_str()))?;
    for step in &sheet.steps {
        place.step(topic, step)?;
    }
    let ordinary = sheet.steps.iter().skip_while(|step| step.bridge.is_none()).find(|step| step.bridge.is_none());
    if let Some(step) = ordinary {
        return Err(CurriculumError::BridgeFirst { file: files.name(&file), step: step.id.clone() });
    }
    if sheet.mutants.len() < MUTANTS_MIN {
        return Err(CurriculumError::FewMutants {
            file: files.name(&file),
            lab: id.into(),
            expected: MUTANTS_MIN,
            found: sheet.mutants.len(),
        });
    }
    let code = |extension: &str| -> Result<CodeFiles, CurriculumError> {
        Ok(CodeFiles {
            stub: files.text(&format!("{folder}/stub.{extension}"))?,
            solution: files.text(&format!("{folder}/solution.{extension}"))?,
        })
    };
    let python = code("py")?;
    let mut mutants = Vec::new();
    for mutant in &sheet.mutants {
        let key = |what: &str| format!("mutants.{}.{what}", mutant.file);
        let gradable = sheet.steps.iter().filter(|step| step.bridge.is_none());
        known(files, &file, &key("step"), &mutant.step, gradable.map(|step| step.id.as_str()))?;
        known(files, &file, &key("trap"), &mutant.trap, traps.iter().map(|trap| trap.id.as_str()))?;
        let checks = sheet.steps.iter().filter(|step| step.id == mutant.step).flat_map(|step| &step.checks);
        for check in &mutant.breaks {
            known(files, &file, &key("breaks"), check, checks.clone().map(|check| check.name.as_str()))?;
        }
        let changed = files.text(&format!("{folder}/mutants/{}", mutant.file))?;
        // What it needs the solution has imported; anything else might be missing where a learner is graded.
        if let Some(line) =
            changed.lines().find(|line| ["import", "from"].contains(&line.split(' ').next().unwrap_or("")))
        {
            let (mutant, found) = (mutant.file.clone(), line.to_string());
            return Err(CurriculumError::MutantImports { file: files.name(&file), mutant, found });
        }
        mutants.push(format!("{}\n\n{changed}", python.solution));
    }
    let mut there = files.list(&format!("{folder}/mutants"));
    there.sort();
    if let Some(mutant) = there.iter().find(|file| !sheet.mutants.iter().any(|mutant| mutant.file == **file)) {
        let (lab, mutant) = (id.to_string(), mutant.clone());
        return Err(CurriculumError::UnlistedMutant { file: files.name(&file), lab, mutant });
    }
    let has_rust = ["stub.rs", "solution.rs"].iter().any(|file| files.has(&format!("{folder}/{file}")));
    let rust = has_rust.then(|| code("rs")).transpose()?;
    Ok(Lab { id: id.into(), topic: topic.id.clone(), sheet, python, rust, mutants })
}

/// The sheet being checked.
struct Place<'a> {
    files: &'a Files,
    file: &'a str,
}

impl Place<'_> {
    fn bad<T>(&self, key: &str, expected: &str, found: impl ToString) -> Result<T, CurriculumError> {
        Err(CurriculumError::BadValue {
            file: self.files.name(self.file),
            key: key.into(),
            expected: expected.into(),
            found: found.to_string(),
        })
    }

    fn needs<T>(&self, item: &str, key: &str) -> Result<T, CurriculumError> {
        Err(CurriculumError::NeedsKey { file: self.files.name(self.file), item: item.into(), key: key.into() })
    }

    fn known<'a>(
        &self,
        key: String,
        found: &str,
        names: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<(), CurriculumError> {
        known(self.files, self.file, &key, found, names)
    }

    fn step(&self, topic: &GraphTopic, step: &Step) -> Result<(), CurriculumError> {
        let key = |what: &str| format!("steps.{}.{what}", step.id);
        words(self.files, self.file, &key("title"), &step.title)?;
        words(self.files, self.file, &key("task"), &step.task)?;
        for skill in &step.skills {
            self.known(key("skills"), skill, topic.skills.0.iter().map(|(id, _)| id.as_str()))?;
        }
        self.dims(&key("dims"), step, &[])?;
        self.inputs(step)?;
        if let Some(length) = &step.length {
            self.names(&key("length"), length, step)?;
        }
        if step.checks.is_empty() {
            return self.bad(&key("checks"), "≥ 1", 0);
        }
        unique(self.files, self.file, &key("checks.name"), step.checks.iter().map(|check| check.name.as_str()))?;
        for check in &step.checks {
            self.check(step, check)?;
        }
        if step.bridge.is_none() && step.hints.len() != HINTS {
            return self.bad(&key("hints"), &HINTS.to_string(), step.hints.len());
        }
        for (at, hint) in step.hints.iter().enumerate() {
            for code in [Code::Python, Code::Rust] {
                words(self.files, self.file, &key(&format!("hints.{}", at + 1)), &hint.words(code))?;
            }
        }
        Ok(())
    }

    fn inputs(&self, step: &Step) -> Result<(), CurriculumError> {
        let key = |input: &str, what: &str| format!("steps.{}.inputs.{input}.{what}", step.id);
        let dims = || step.dims.0.iter().map(|(name, _)| name.as_str());
        for input in &step.inputs {
            if input.values == Draw::Falling {
                return self.bad(&key(&input.name, "values"), "not `falling`", "falling");
            }
            match &input.ty {
                Type::Int => self.known(key(&input.name, "name"), &input.name, dims())?,
                Type::Array { element, shape } => {
                    for dim in shape.iter().flatten() {
                        self.names(&key(&input.name, "type"), dim, step)?;
                    }
                    let has_sizes = shape.iter().all(Option::is_some);
                    let (fits, expected) = match input.holds {
                        None => (has_sizes, "a size"),
                        Some(Holds::Bf16) => (has_sizes && *element == Element::I32, "`i32[n]`"),
                        Some(Holds::Safetensors) => (input.ty.to_string() == "i32[*]", "`i32[*]`"),
                        Some(Holds::Q4_0) => {
                            let is_block = matches!(&shape[..], [Some(_), Some(bytes)] if bytes.to_string() == "18");
                            (is_block && *element == Element::I32, "`i32[b, 18]`")
                        }
                    };
                    if !fits {
                        return self.bad(&key(&input.name, "type"), expected, &input.ty);
                    }
                    let is_drawn = input.offsets.is_some() || input.below.is_some() || input.holds.is_some();
                    if *element == Element::I32 && !is_drawn {
                        return self.needs(&key(&input.name, "type"), "offsets");
                    }
                }
            }
            for (what, size) in [("offsets", &input.offsets), ("at_most", &input.at_most), ("below", &input.below)] {
                if let Some(size) = size {
                    self.names(&key(&input.name, what), size, step)?;
                }
            }
            let earlier = step.inputs.iter().take_while(|known| known.name != input.name);
            let with_offsets = earlier.filter(|known| known.offsets.is_some()).map(|known| known.name.as_str());
            for (what, other) in [("at_least", &input.at_least), ("within", &input.within)] {
                if let Some(other) = other {
                    self.known(key(&input.name, what), other, with_offsets.clone())?;
                }
            }
        }
        match &step.output {
            Type::Array { element: Element::F32, shape } => {
                let mut given = shape.iter().flatten();
                given.try_for_each(|dim| self.names(&format!("steps.{}.output", step.id), dim, step))
            }
            _ => self.bad(&format!("steps.{}.output", step.id), "`f32[…]`", &step.output),
        }
    }

    fn check(&self, step: &Step, check: &Check) -> Result<(), CurriculumError> {
        let key = |what: &str| format!("steps.{}.checks.{}.{what}", step.id, check.name);
        if grade::BUILT_IN_CHECKS.contains(&check.name.as_str()) {
            let (step, name) = (step.id.clone(), check.name.clone());
            return Err(CurriculumError::TakenName { file: self.files.name(self.file), step, name });
        }
        words(self.files, self.file, &key("says"), &check.says)?;
        for (name, _) in &check.dims.0 {
            self.known(key("dims"), name, step.dims.0.iter().map(|(known, _)| known.as_str()))?;
        }
        self.dims(&key("dims"), step, &check.dims.0)?;
        let of = |element: Element| {
            let is = move |ty: &Type| matches!(ty, Type::Array { element: e, .. } if *e == element);
            step.inputs.iter().filter(move |input| is(&input.ty)).map(|input| input.name.as_str())
        };
        let numbers = step.inputs.iter().filter(|input| input.below.is_some()).map(|input| input.name.as_str());
        for (name, &how) in &check.values {
            self.known(key("values"), name, of(Element::F32).chain(numbers.clone()))?;
            let is_below = numbers.clone().any(|known| known == name);
            if is_below != (how == Draw::Falling) {
                let expected = if is_below { "`falling`" } else { "not `falling`" };
                return self.bad(&key(&format!("values.{name}")), expected, format!("{how:?}").to_lowercase());
            }
        }
        let named = check.input.iter().chain(&check.inputs);
        for name in named.chain(check.rows.0.iter().map(|(rows, _)| rows)) {
            self.known(key("inputs"), name, of(Element::F32))?;
        }
        for (_, offsets) in &check.rows.0 {
            self.known(key("rows"), offsets, of(Element::I32))?;
        }
        let needed = match check.kind {
            CheckKind::Values => "",
            CheckKind::Shift | CheckKind::Cached => "input",
            CheckKind::Causality | CheckKind::Permute => "inputs",
            CheckKind::Packed => "rows",
        };
        let named = [
            ("input", check.input.is_some()),
            ("inputs", !check.inputs.is_empty()),
            ("rows", !check.rows.0.is_empty()),
        ];
        let item = || format!("steps.{}.checks.{}", step.id, check.name);
        for (what, is_there) in named {
            match (what == needed, is_there) {
                (true, false) => return self.needs(&item(), what),
                (false, true) => {
                    let (file, key) = (self.files.name(self.file), what.into());
                    return Err(CurriculumError::SurplusKey { file, item: item(), key });
                }
                _ => {}
            }
        }
        if !(check.least > 0.0 && check.least <= LEAST_MAX) {
            return self.bad(&key("least"), &format!("> 0, ≤ {LEAST_MAX}"), check.least);
        }
        if check.cases > 0 { Ok(()) } else { self.bad(&key("cases"), "≥ 1", 0) }
    }

    /// Each dim, `changed` ones replaced, is computed from earlier ones alone.
    fn dims(&self, key: &str, step: &Step, changed: &[(String, Dim)]) -> Result<(), CurriculumError> {
        for (at, (name, dim)) in step.dims.0.iter().enumerate() {
            let dim = changed.iter().find(|(changed, _)| changed == name).map_or(dim, |(_, dim)| dim);
            let expressions: Vec<&Expression> = match dim {
                Dim::Fixed(_) => vec![],
                Dim::Computed(expression) => vec![expression],
                Dim::Range(ends) => {
                    ends.iter().filter_map(|end| if let End::Computed(e) = end { Some(e) } else { None }).collect()
                }
            };
            let earlier = step.dims.0[..at].iter().map(|(name, _)| name.as_str());
            for used in expressions.iter().flat_map(|expression| expression.names()) {
                self.known(format!("{key}.{name}"), used, earlier.clone())?;
            }
        }
        Ok(())
    }

    fn names(&self, key: &str, expression: &Expression, step: &Step) -> Result<(), CurriculumError> {
        let dims = step.dims.0.iter().map(|(name, _)| name.as_str());
        expression.names().into_iter().try_for_each(|name| self.known(key.into(), name, dims.clone()))
    }
}
