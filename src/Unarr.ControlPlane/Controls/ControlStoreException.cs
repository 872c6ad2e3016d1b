namespace Unarr.ControlPlane.Controls;

/// <summary>A file that cannot be the store: the message says why, without the file's name.</summary>
internal sealed class ControlStoreException(string message, Exception? innerException = null) : Exception(message, innerException);
