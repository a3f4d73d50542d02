//! Every sentence the program says to a person, in Chinese and English.
