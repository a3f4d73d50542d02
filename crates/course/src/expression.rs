//! Small arithmetic in curriculum files: `3*d`, `max(n,1)`, `sqrt(m*hd)`.
//!
//! Numbers, names, `+ - * /`, parentheses, and the functions sqrt, exp, ln, min and max; usual precedence. Parsed when
//! a file is loaded, so that a mistake is found there, and evaluated in f64 with names looked up by the caller.

use serde::Deserialize;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Expression {
    node: Node,
    text: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Number(f64),
    Name(String),
    Call(Function, Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Function {
    Add,
    Subtract,
    Multiply,
    Divide,
    Negate,
    Sqrt,
    Exp,
    Ln,
    Min,
    Max,
}

impl Expression {
    /// Parses `text`.
    ///
    /// ```
    /// let e = course::Expression::parse("3*(n+1)")?;
    /// assert_eq!(e.value(&|name| (name == "n").then_some(2.0)), Ok(9.0));
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// Says what was expected and where.
    pub fn parse(text: &str) -> Result<Expression, String> {
        let mut parser = Parser { text, at: 0 };
        let node = parser.sum()?;
        match parser.peek() {
            None => Ok(Expression { node, text: text.into() }),
            Some(_) => parser.expected("an operator or the end"),
        }
    }

    /// The value, names looked up by `lookup`.
    ///
    /// # Errors
    /// The name that `lookup` does not know.
    pub fn value(&self, lookup: &dyn Fn(&str) -> Option<f64>) -> Result<f64, String> {
        self.node.value(lookup)
    }

    /// The names in it, in order of appearance.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.node.collect_names(&mut names);
        names
    }
}

impl std::fmt::Display for Expression {
    /// As it was written.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Expression {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Expression::parse(&text)
    }
}

impl Node {
    fn value(&self, lookup: &dyn Fn(&str) -> Option<f64>) -> Result<f64, String> {
        match self {
            Node::Number(value) => Ok(*value),
            Node::Name(name) => lookup(name).ok_or_else(|| name.clone()),
            Node::Call(function, arguments) => {
                let values = arguments.iter().map(|a| a.value(lookup)).collect::<Result<Vec<f64>, String>>()?;
                let first = values[0];
                Ok(match function {
                    Function::Add => first + values[1],
                    Function::Subtract => first - values[1],
                    Function::Multiply => first * values[1],
                    Function::Divide => first / values[1],
                    Function::Negate => -first,
                    Function::Sqrt => first.sqrt(),
                    Function::Exp => first.exp(),
                    Function::Ln => first.ln(),
                    Function::Min => values.into_iter().fold(first, f64::min),
                    Function::Max => values.into_iter().fold(first, f64::max),
                })
            }
        }
    }

    fn collect_names<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Node::Number(_) => {}
            Node::Name(name) => names.push(name),
            Node::Call(_, arguments) => arguments.iter().for_each(|a| a.collect_names(names)),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn sum(&mut self) -> Result<Node, String> {
        let mut left = self.product()?;
        loop {
            let function = match self.peek() {
                Some('+') => Function::Add,
                Some('-') => Function::Subtract,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Node::Call(function, vec![left, self.product()?]);
        }
    }

    fn product(&mut self) -> Result<Node, String> {
        let mut left = self.factor()?;
        loop {
            let function = match self.peek() {
                Some('*') => Function::Multiply,
                Some('/') => Function::Divide,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Node::Call(function, vec![left, self.factor()?]);
        }
    }

    fn factor(&mut self) -> Result<Node, String> {
        match self.peek() {
            Some('-') => {
                self.at += 1;
                Ok(Node::Call(Function::Negate, vec![self.factor()?]))
            }
            Some('(') => Ok(self.arguments("parentheses", 1)?.swap_remove(0)),
            Some(c) if c.is_ascii_digit() => {
                let digits = self.take(|c| c.is_ascii_digit() || c == '.');
                digits.parse().map(Node::Number).map_err(|_| format!("`{digits}` is no number"))
            }
            Some(c) if c.is_ascii_alphabetic() => {
                let name = self.take(|c| c.is_ascii_alphanumeric() || c == '_');
                if self.peek() != Some('(') {
                    return Ok(Node::Name(name));
                }
                let function = match name.as_str() {
                    "sqrt" => Function::Sqrt,
                    "exp" => Function::Exp,
                    "ln" => Function::Ln,
                    "min" => Function::Min,
                    "max" => Function::Max,
                    _ => return Err(format!("`{name}` is no function: expected sqrt, exp, ln, min or max")),
                };
                let most = if matches!(function, Function::Min | Function::Max) { usize::MAX } else { 1 };
                Ok(Node::Call(function, self.arguments(&name, most)?))
            }
            _ => self.expected("a number, a name or `(`"),
        }
    }

    /// `( sum, sum, ... )`, at least one and at most `most`, of what is called `of`.
    fn arguments(&mut self, of: &str, most: usize) -> Result<Vec<Node>, String> {
        let mut arguments = Vec::new();
        loop {
            self.at += 1; // the `(` or the `,`
            arguments.push(self.sum()?);
            match self.peek() {
                Some(',') if arguments.len() < most => {}
                Some(',') => return self.expected(&format!("no more than {most} in {of}")),
                Some(')') => {
                    self.at += 1;
                    return Ok(arguments);
                }
                _ => return self.expected("`,` or `)`"),
            }
        }
    }

    /// The next character that is no blank; `at` then stands on it.
    fn peek(&mut self) -> Option<char> {
        self.take(|c| c == ' ');
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let taken: String = self.text[self.at..].chars().take_while(|&c| belongs(c)).collect();
        self.at += taken.len();
        taken
    }

    fn expected<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("`{}`: expected {what} at character {}", self.text, self.at + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::Expression;

    #[test]
    fn values_and_mistakes() {
        let lookup = |name: &str| match name {
            "n" => Some(4.0),
            "hd" => Some(2.0),
            _ => None,
        };
        for (text, expected) in [
            ("3*hd+1", 7.0),
            ("3*(hd+1)", 9.0),
            ("n-hd-1", 1.0),
            ("n/hd/2", 1.0),
            ("-n + sqrt( n )", -2.0),
            ("max(n, 1, 9)", 9.0),
            ("exp(0)*ln(exp(1))", 1.0),
        ] {
            assert_eq!(Expression::parse(text).unwrap().value(&lookup), Ok(expected), "{text}");
        }
        assert_eq!(Expression::parse("d*n").unwrap().value(&lookup), Err("d".into()));
        for text in ["", "3*", "(n", "n n", "log(n)", "1.2.3", "max()", "n,2", "(n,2)", "sqrt(n,2)", "exp(n, n)"] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }
}
