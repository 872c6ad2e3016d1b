namespace Unarr.Agents.Protocol;

/// <summary>A handler throws it for a control that it will never be able to apply: an unknown action, parameters that do not fit.</summary>
/// <remarks>The control is listed as failed at once; any other exception is tried again after 1 second and after 5 seconds.</remarks>
/// <param name="message">Why, for people. It is sent to the control plane, cut at 256 characters.</param>
/// <param name="innerException">What led to it; it is logged and not sent.</param>
public sealed class ControlRejectedException(string message, Exception? innerException = null) : Exception(message, innerException);
