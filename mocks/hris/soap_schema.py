"""The part of the public Human_Resources schema that is needed here, as data: complex types and their elements.

From it come the WSDL and the order of elements in a response, so the two cannot disagree. Names and order follow the
public schema as far as they are known (hris-workday.md section 6); leaves marked there as unverified are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_XSD = {"string": "xsd:string", "boolean": "xsd:boolean", "date": "xsd:date", "dateTime": "xsd:dateTime",
        "decimal": "xsd:decimal"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """An element of a complex type: its name and its type, ``many`` when it may stand several times."""

    name: str
    kind: str
    many: bool = False

    @property
    def type_name(self) -> str:
        """The type as the schema says it."""
        return _XSD.get(self.kind, f"wd:{self.kind}")


@dataclass(frozen=True, slots=True)
class Complex:
    """A complex type: a sequence of elements, and attributes with their types."""

    members: tuple[Member, ...]
    attributes: Mapping[str, str]


def _type(*members: tuple[str, str] | tuple[str, str, bool], **attributes: str) -> Complex:
    return Complex(tuple(Member(*each) for each in members), {key: _XSD[kind] for key, kind in attributes.items()})


_MANY = True
_REFERENCE = _type(("ID", "ReferenceIDType", _MANY), Descriptor="string")
# Switches of the response group that the public schema has and clients send.
GROUP = (
    "Include_Reference", "Include_Personal_Information", "Include_Additional_Jobs", "Include_Employment_Information",
    "Include_Compensation", "Include_Organizations", "Exclude_Organization_Support_Role_Data",
    "Exclude_Location_Hierarchies", "Exclude_Cost_Centers", "Exclude_Cost_Center_Hierarchies", "Exclude_Companies",
    "Exclude_Company_Hierarchies", "Exclude_Matrix_Organizations", "Exclude_Pay_Groups", "Exclude_Regions",
    "Exclude_Region_Hierarchies", "Exclude_Supervisory_Organizations", "Exclude_Teams", "Exclude_Custom_Organizations",
    "Include_Roles", "Include_Management_Chain_Data", "Include_Multiple_Managers_in_Management_Chain_Data",
    "Include_Benefit_Enrollments", "Include_Benefit_Eligibility", "Include_Related_Persons", "Include_Qualifications",
    "Include_Employee_Review", "Include_Goals", "Include_Development_Items", "Include_Skills", "Include_Photo",
    "Include_Worker_Documents", "Include_Transaction_Log_Data", "Include_Subevents_for_Corrected_Transaction",
    "Include_Subevents_for_Rescinded_Transaction", "Include_Succession_Profile", "Include_Talent_Assessment",
    "Include_Employee_Contract_Data", "Include_Contracts_for_Terminated_Workers", "Include_Feedback_Received",
    "Include_User_Account", "Include_Career", "Include_Account_Provisioning", "Include_Background_Check_Data",
)  # fmt: skip

_REQUEST = (
    ("Request_References", "Worker_Request_ReferencesType"),
    ("Request_Criteria", "Worker_Request_CriteriaType"),
    ("Response_Filter", "Response_FilterType"),
    ("Response_Group", "Worker_Response_GroupType"),
)
ORGANIZATION_GROUP = (
    "Include_Roles_Data",
    "Include_Hierarchy_Data",
    "Include_Supervisory_Data",
    "Include_Staffing_Restrictions_Data",
)
_ORGANIZATIONS = (
    ("Request_References", "Organization_Request_ReferencesType"),
    ("Request_Criteria", "Organization_Request_CriteriaType"),
    ("Response_Filter", "Response_FilterType"),
    ("Response_Group", "Organization_Response_GroupType"),
)
TYPES: Mapping[str, Complex] = {
    "WorkerObjectType": _REFERENCE,
    "ObjectType": _REFERENCE,
    "Get_Workers_RequestType": _type(*_REQUEST, version="string"),
    "Worker_Request_ReferencesType": _type(
        ("Worker_Reference", "WorkerObjectType", _MANY), Skip_Non_Existing_Instances="boolean"
    ),
    "Worker_Request_CriteriaType": _type(
        ("Transaction_Log_Criteria_Data", "Transaction_Log_CriteriaType", _MANY),
        ("Exclude_Inactive_Workers", "boolean"),
        ("Exclude_Employees", "boolean"),
        ("Exclude_Contingent_Workers", "boolean"),
    ),
    "Transaction_Log_CriteriaType": _type(
        ("Transaction_Date_Range_Data", "Effective_And_Updated_DateTime_DataType"),
        ("Transaction_Type_References", "Transaction_Type_ReferencesType"),
    ),
    "Effective_And_Updated_DateTime_DataType": _type(
        ("Updated_From", "dateTime"),
        ("Updated_Through", "dateTime"),
        ("Effective_From", "dateTime"),
        ("Effective_Through", "dateTime"),
    ),
    "Transaction_Type_ReferencesType": _type(("Transaction_Type_Reference", "ObjectType", _MANY)),
    "Response_FilterType": _type(
        ("As_Of_Effective_Date", "date"),
        ("As_Of_Entry_DateTime", "dateTime"),
        ("Page", "decimal"),
        ("Count", "decimal"),
    ),
    "Worker_Response_GroupType": _type(*((name, "boolean") for name in GROUP)),
    "Get_Organizations_RequestType": _type(*_ORGANIZATIONS, version="string"),
    "Organization_Request_ReferencesType": _type(
        ("Organization_Reference", "ObjectType", _MANY), Skip_Non_Existing_Instances="boolean"
    ),
    "Organization_Request_CriteriaType": _type(
        ("Organization_Type_Reference", "ObjectType", _MANY), ("Include_Inactive", "boolean")
    ),
    "Organization_Response_GroupType": _type(*((name, "boolean") for name in ORGANIZATION_GROUP)),
    "Get_Organizations_ResponseType": _type(
        *_ORGANIZATIONS,
        ("Response_Results", "Response_ResultsType"),
        ("Response_Data", "Organizations_Response_DataType"),
        version="string",
    ),
    "Organizations_Response_DataType": _type(("Organization", "OrganizationType", _MANY)),
    "OrganizationType": _type(("Organization_Reference", "ObjectType"), ("Organization_Data", "Organization_DataType")),
    "Organization_DataType": _type(
        ("Reference_ID", "string"),
        ("Name", "string"),
        ("Organization_Code", "string"),
        ("Organization_Type_Reference", "ObjectType"),
        ("Manager_Reference", "WorkerObjectType"),
    ),
    "Get_Workers_ResponseType": _type(
        *_REQUEST,
        ("Response_Results", "Response_ResultsType"),
        ("Response_Data", "Workers_Response_DataType"),
        version="string",
    ),
    "Response_ResultsType": _type(
        ("Total_Results", "decimal"), ("Total_Pages", "decimal"), ("Page_Results", "decimal"), ("Page", "decimal")
    ),
    "Workers_Response_DataType": _type(("Worker", "WorkerType", _MANY)),
    "WorkerType": _type(
        ("Worker_Reference", "WorkerObjectType"), ("Worker_Descriptor", "string"), ("Worker_Data", "Worker_DataType")
    ),
    "Worker_DataType": _type(
        ("Worker_ID", "string"),
        ("User_ID", "string"),
        ("Personal_Data", "Personal_Information_DataType"),
        ("Employment_Data", "Worker_Employment_Information_DataType"),
        ("Compensation_Data", "Worker_Compensation_DataType"),
        ("Organization_Data", "Worker_Organization_Membership_DataType"),
        ("Management_Chain_Data", "Worker_Management_Chain_DataType"),
        ("Transaction_Log_Entry_Data", "Transaction_Log_EntryType"),
    ),
    "Personal_Information_DataType": _type(
        ("Name_Data", "Person_Name_DataType"), ("Contact_Data", "Contact_Information_DataType")
    ),
    "Person_Name_DataType": _type(("Legal_Name_Data", "Legal_Name_DataType")),
    "Legal_Name_DataType": _type(("Name_Detail_Data", "Person_Name_Detail_DataType")),
    "Person_Name_Detail_DataType": _type(("First_Name", "string"), ("Last_Name", "string"), Formatted_Name="string"),
    "Contact_Information_DataType": _type(("Email_Address_Data", "Email_Address_DataType", _MANY)),
    "Email_Address_DataType": _type(("Email_Address", "string"), ("Usage_Data", "Usage_DataType", _MANY)),
    "Usage_DataType": _type(("Type_Data", "Usage_Type_DataType", _MANY), Public="boolean"),
    "Usage_Type_DataType": _type(("Type_Reference", "ObjectType"), Primary="boolean"),
    "Worker_Employment_Information_DataType": _type(
        ("Worker_Job_Data", "Worker_Job_DataType", _MANY), ("Worker_Status_Data", "Worker_Status_DataType")
    ),
    "Worker_Job_DataType": _type(("Position_Data", "Position_DataType"), Primary_Job="boolean"),
    "Position_DataType": _type(
        ("Position_ID", "string"),
        ("Position_Title", "string"),
        ("Business_Title", "string"),
        ("Start_Date", "date"),
        ("Effective_Date", "date"),
        ("Scheduled_Weekly_Hours", "decimal"),
        ("Full_Time_Equivalent_Percentage", "decimal"),
        ("Job_Profile_Summary_Data", "Job_Profile_SummaryType"),
        ("Business_Site_Summary_Data", "Business_Site_SummaryType"),
        ("Manager_as_of_last_detected_manager_change_Reference", "WorkerObjectType", _MANY),
    ),
    "Job_Profile_SummaryType": _type(("Job_Profile_Reference", "ObjectType"), ("Job_Profile_Name", "string")),
    "Business_Site_SummaryType": _type(("Location_Reference", "ObjectType"), ("Name", "string")),
    "Worker_Status_DataType": _type(
        ("Active", "boolean"),
        ("Hire_Date", "date"),
        ("Original_Hire_Date", "date"),
        ("Terminated", "boolean"),
        ("Termination_Date", "date"),
        ("Termination_Last_Day_of_Work", "date"),
        ("Rehire", "boolean"),
        ("Leave_Status_Data", "Leave_Status_DataType", _MANY),
    ),
    "Leave_Status_DataType": _type(
        ("On_Leave", "boolean"),
        ("Leave_of_Absence_Type_Reference", "ObjectType"),
        ("Leave_Start_Date", "date"),
        ("Estimated_Leave_End_Date", "date"),
    ),
    "Worker_Compensation_DataType": _type(("Employee_Compensation_Summary_Data", "Compensation_SummaryType")),
    "Compensation_SummaryType": _type(("Annualized_Summary_Data", "Annualized_SummaryType")),
    "Annualized_SummaryType": _type(("Total_Base_Pay", "decimal"), ("Currency_Reference", "ObjectType")),
    "Worker_Organization_Membership_DataType": _type(
        ("Worker_Organization_Data", "Worker_Organization_DataType", _MANY)
    ),
    "Worker_Organization_DataType": _type(
        ("Organization_Reference", "ObjectType"), ("Organization_Data", "Organization_Summary_DataType")
    ),
    "Organization_Summary_DataType": _type(
        ("Organization_Reference_ID", "string"),
        ("Organization_Code", "string"),
        ("Organization_Name", "string"),
        ("Organization_Type_Reference", "ObjectType"),
    ),
    "Worker_Management_Chain_DataType": _type(
        ("Worker_Supervisory_Management_Chain_Data", "Supervisory_Management_ChainType")
    ),
    "Supervisory_Management_ChainType": _type(("Management_Chain_Data", "Management_ChainType", _MANY)),
    "Management_ChainType": _type(("Organization_Reference", "ObjectType"), ("Manager_Reference", "WorkerObjectType")),
    "Transaction_Log_EntryType": _type(("Transaction_Log_Entry", "Transaction_LogType", _MANY)),
    "Transaction_LogType": _type(
        ("Transaction_Log_Reference", "ObjectType"), ("Transaction_Log_Data", "Transaction_Log_DataType")
    ),
    "Transaction_Log_DataType": _type(
        ("Transaction_Log_Type_Reference", "ObjectType"),
        ("Transaction_Log_Description", "string"),
        ("Transaction_Effective_Moment", "dateTime"),
        ("Transaction_Entry_Moment", "dateTime"),
        ("Is_Correction", "boolean"),
        ("Is_Rescinded", "boolean"),
        ("Rescinded_Moment", "dateTime"),
    ),
    "Validation_FaultType": _type(("Validation_Error", "Validation_ErrorType", _MANY)),
    "Validation_ErrorType": _type(("Message", "string"), ("Detail_Message", "string"), ("Xpath", "string")),
    "Processing_FaultType": _type(("Detail_Message", "string")),
    "Workday_Common_HeaderType": _type(("Include_Reference_Descriptors_In_Response", "boolean")),
}
OPERATIONS = ("Get_Workers", "Get_Organizations")
# Elements that stand alone: name and type.
ELEMENTS: Mapping[str, str] = {
    **{f"{name}_{part}": f"{name}_{part}Type" for name in OPERATIONS for part in ("Request", "Response")},
    "Validation_Fault": "Validation_FaultType",
    "Processing_Fault": "Processing_FaultType",
    "Workday_Common_Header": "Workday_Common_HeaderType",
}
