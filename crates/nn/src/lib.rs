//! Layers: linear, embedding, normalisation, attention, losses, initialisation.
