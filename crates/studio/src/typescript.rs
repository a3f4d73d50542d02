//! The API's types in TypeScript, so that the page and the server cannot disagree.
//!
//! `web/src/lib/api.ts` holds this text; a check of this crate fails when it is stale.

use crate::attention::{LookAt, Looked};
use crate::chat::{Alternative, Done, Generate, Input, Model, Prompt, Role, Token, Turn};
use crate::datasets::{DatasetLine, Fetching};
use crate::failure::Problem;
use crate::knowledge::{
    AddPaths, AskKb, KbAnswer, KbBlock, KbCalibrated, KbChanged, KbChecked, KbChunk, KbCitation, KbCompared,
    KbDocument, KbDocumentPage, KbEvaluated, KbHit, KbLine, KbMetric, KbPart, KbPlace, KbPlugged, KbQuestion, KbRates,
    KbWay, KbWeights, PlugKb, RemoveBase, RemoveDocuments, Removed, SearchBy, SearchKb,
};
use crate::learning::{
    Answered, ArrayShown, AskedQuestion, Before, CaseShown, CheckFile, CheckShown, Checked, CodeName, CoursePath,
    CourseStage, CourseState, CourseTopic, DueReview, FaultShown, GiveAnswer, GiveReview, HintShown, HintState,
    ImportDone, LabFile, LabLine, LabPage, LabStep, LogLine, MePage, MetTrap, NamedValue, NewQuestion, NextStop,
    Plugged, Previewed, Reading, Report, ReviewFormName, ReviewQuestion, SaveFile, SkillLine, Solution, SourceText,
    StartLab, TodayPage, TopicBody, TopicPage, TracePlace, TrainOn, Trained, TrainedStep, TrapLine, Unplugged,
    WantHint,
};
use crate::library::{
    AskNext, FileLine, LibraryModel, LibraryPage, ModelUse, NextToken, NextTokens, Piece, Tokenise, Tokenised,
    TypeCount,
};
use crate::profile::{
    ProfileLayer, ProfileMemory, ProfileMemoryPoint, ProfileOp, ProfilePeaks, ProfilePhase, RunProfile,
};
use crate::recipes::Recipe;
use crate::run_process::{DeleteRun, ResumeRun, StartRun};
use crate::runs::{Metric, Preparing, Run, RunState, Sample};
use crate::scoring::{ScoreTexts, ScoredText};
use crate::{History, Started};
use ts_rs::TS;

/// The whole file.
pub fn typescript() -> String {
    let config = ts_rs::Config::new().with_large_int("number");
    let mut text = String::from(
        "// Made from the Rust types of crate `studio`; do not edit.\n\
         // After a change there: UPDATE=1 cargo test -p studio api_types\n",
    );
    macro_rules! declare {
        ($($type:ty),*) => {
            $(
                text.push('\n');
                if let Some(docs) = <$type>::docs() {
                    text.push_str(&docs);
                }
                text.push_str(&format!("export {}\n", <$type>::decl(&config)));
            )*
        };
    }
    declare!(
        Problem,
        Recipe,
        DatasetLine,
        Fetching,
        Run,
        RunState,
        Preparing,
        Metric,
        Sample,
        History,
        RunProfile,
        ProfilePhase,
        ProfileOp,
        ProfileLayer,
        ProfilePeaks,
        ProfileMemory,
        ProfileMemoryPoint,
        StartRun,
        Started,
        ResumeRun,
        DeleteRun,
        Model,
        Role,
        Turn,
        Input,
        Generate,
        Alternative,
        Token,
        Done,
        Prompt,
        Plugged,
        Unplugged,
        LookAt,
        Looked,
        LibraryModel,
        ModelUse,
        LibraryPage,
        TypeCount,
        FileLine,
        Tokenise,
        Tokenised,
        Piece,
        AskNext,
        NextTokens,
        NextToken,
        ScoreTexts,
        ScoredText,
        Previewed,
        CoursePath,
        CourseStage,
        CourseTopic,
        CourseState,
        Before,
        NextStop,
        TodayPage,
        DueReview,
        ReviewQuestion,
        ReviewFormName,
        GiveReview,
        TopicPage,
        TopicBody,
        SourceText,
        AskedQuestion,
        Answered,
        TrapLine,
        LabLine,
        Reading,
        GiveAnswer,
        NewQuestion,
        LabPage,
        CodeName,
        LabStep,
        HintState,
        LabFile,
        StartLab,
        SaveFile,
        CheckFile,
        Report,
        CheckShown,
        FaultShown,
        TracePlace,
        CaseShown,
        NamedValue,
        ArrayShown,
        Checked,
        TrainOn,
        TrainedStep,
        Trained,
        WantHint,
        HintShown,
        Solution,
        MePage,
        SkillLine,
        MetTrap,
        LogLine,
        ImportDone,
        KbLine,
        AddPaths,
        KbChanged,
        KbDocument,
        KbDocumentPage,
        KbBlock,
        KbChunk,
        KbPlace,
        RemoveDocuments,
        RemoveBase,
        Removed,
        SearchBy,
        SearchKb,
        PlugKb,
        KbPlugged,
        KbCompared,
        KbHit,
        KbPart,
        AskKb,
        KbAnswer,
        KbCitation,
        KbEvaluated,
        KbMetric,
        KbQuestion,
        KbWay,
        KbCalibrated,
        KbRates,
        KbWeights,
        KbChecked
    );
    text
}
