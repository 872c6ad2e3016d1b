namespace Unarr.Agents.Hub.Controls;

/// <summary>A store that cannot be opened, read or written: the message says why, without the file's name.</summary>
internal sealed class ControlStoreException(string message, Exception? innerException = null) : Exception(message, innerException);
