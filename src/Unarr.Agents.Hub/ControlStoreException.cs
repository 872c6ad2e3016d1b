namespace Unarr.Agents.Hub;

/// <summary>A store cannot be opened, read or written. What needs it is answered with 503, and nothing is acknowledged.</summary>
/// <param name="message">Why, as the end of a sentence about the store: "the disk is full". Without names of files and without a point:
/// whoever asks the hub for something may read it.</param>
/// <param name="innerException">What the store met.</param>
public sealed class ControlStoreException(string message, Exception? innerException = null) : Exception(message, innerException);
